"""What a mail server's answer means for a mail, and what may be kept of it."""

from __future__ import annotations

import pytest

from forum.mail.answers import MAX_ANSWER_CHARS, Outcome, cleaned, judge_recipient, judge_sender, judge_text
from tests.factories import READER


@pytest.mark.parametrize(
    ("code", "answer", "outcome"),
    [
        (250, "OK", Outcome.SENT),
        (251, "User not local; will forward", Outcome.SENT),
        (450, "4.2.1 mailbox busy", Outcome.LATER),
        (451, "greylisted", Outcome.LATER),
        (452, "4.2.2 mailbox full", Outcome.LATER),
        (421, "4.3.2 shutting down", Outcome.BROKEN),
        (530, "5.7.0 authentication required", Outcome.BROKEN),
        (550, "5.1.1 no such user", Outcome.REFUSED),
        (550, "5.1.10 recipient not found", Outcome.REFUSED),
        (550, "5.2.1 mailbox disabled", Outcome.REFUSED),
        (551, "user not local", Outcome.REFUSED),
        (553, "5.1.3 bad address", Outcome.REFUSED),
        (550, "No such user here", Outcome.REFUSED),
        (550, "5.7.1 blocked by policy", Outcome.FAILED),
        (550, "5.2.2 mailbox full", Outcome.FAILED),
        (554, "5.7.1 relay access denied", Outcome.FAILED),
        (550, "relay not permitted", Outcome.FAILED),
        (550, "your host is listed in a block list", Outcome.FAILED),
        (554, "transaction failed", Outcome.FAILED),
        (-1, "noise", Outcome.BROKEN),
    ],
)
def test_what_an_answer_about_the_recipient_means(code: int, answer: str, outcome: Outcome) -> None:
    assert judge_recipient(code, answer) is outcome


@pytest.mark.parametrize(
    ("code", "answer", "outcome"),
    [
        (250, "queued", Outcome.SENT),
        (451, "4.3.0 try again", Outcome.LATER),
        (554, "5.6.0 no", Outcome.FAILED),
        (550, "message refused", Outcome.FAILED),
        (550, "5.1.1 no such user", Outcome.REFUSED),
        (421, "too many", Outcome.BROKEN),
    ],
)
def test_what_an_answer_about_the_text_means(code: int, answer: str, outcome: Outcome) -> None:
    assert judge_text(code, answer) is outcome


@pytest.mark.parametrize(
    ("code", "outcome"),
    [(250, Outcome.SENT), (451, Outcome.LATER), (421, Outcome.TROUBLE), (550, Outcome.TROUBLE), (530, Outcome.TROUBLE)],
)  # fmt: skip
def test_a_refused_sender_condemns_no_mail(code: int, outcome: Outcome) -> None:
    assert judge_sender(code) is outcome


@pytest.mark.parametrize(
    "answer",
    [
        f"550 5.1.1 <{READER.email}>: no such user",
        "550 5.1.1 NOOR.DE.WIT@LEZERS.EXAMPLE unknown",
        "550 user noor.de.wit is unknown here",
        "550 forwarded to noor@prive.example and gone",
    ],
)
def test_no_address_is_kept_of_an_answer(answer: str) -> None:
    kept = cleaned(answer, READER.email)

    assert "noor" not in kept.lower()
    assert kept.startswith("550")


def test_a_word_of_a_megabyte_is_read_at_its_beginning_only() -> None:
    kept = cleaned("550 " + "x" * 1_000_000)

    assert kept == "550 " + "x" * (MAX_ANSWER_CHARS - 4)


def test_half_an_address_where_reading_ends_is_not_kept() -> None:
    kept = cleaned(f"550 {'iemand@lezers.example ' * 90}noor{'.de.vries' * 9}@lezers.example")

    assert "noor" not in kept


def test_what_is_kept_of_an_answer_is_one_short_line_without_control_characters() -> None:
    kept = cleaned("550 a\r\nb\x1b[31m\u202e\0" + "c" * 10_000)

    assert kept.startswith("550 a b [31m c")
    assert len(kept) == MAX_ANSWER_CHARS
    assert kept.isprintable()
