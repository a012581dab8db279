"""A mail as bytes: it says what it should, to whom it should, and nothing that was typed becomes a header."""

from __future__ import annotations

import random
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest

from forum.mail.headers import UnsafeMail, encoded, one_line
from forum.mail.message import Letter, Sender, Words, message_id, write
from tests.factories import NOW, READER, SIGNER
from tests.mail.server import html_of, links_in, text_of

SENDER = Sender.of_site("Weerwoord", "https://forum.example", "")
ID = "<0123456789abcdef@forum.example>"
URL = "https://forum.example/unsubscribe/" + "a" * 150
HEADERS = {"From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type"}
ATTACK = "x =?UTF-8?Q?=0ABcc:_x@y.nl?="


def letter(*, sender: Sender = SENDER, recipient: str = READER.email, **words: Any) -> Letter:
    """A written mail."""
    said = Words(**{"subject": "Je reactie staat online", "text": "Dag.\n", "html": "<p>Dag.</p>\n"} | words)
    return write(said, sender=sender, recipient=recipient, message_id=ID, kind="reply", created_at=NOW)


def read(written: Letter) -> EmailMessage:
    """A mail as a mail program reads it."""
    return message_from_bytes(written.data, policy=policy.default)


def test_a_mail_says_who_to_whom_what_and_when() -> None:
    mail = read(letter())

    assert set(mail.keys()) == HEADERS
    assert mail["From"] == "Weerwoord <noreply@forum.example>"
    assert mail["To"] == READER.email
    assert mail["Subject"] == "Je reactie staat online"
    assert mail["Date"].datetime == NOW
    assert mail["Message-ID"] == ID
    assert mail["Auto-Submitted"] == "auto-generated"


def test_a_mail_has_a_text_and_an_html_part() -> None:
    text = "Een é en een lange regel: " + "https://forum.example/" + "x" * 300 + "\n.\nFrom hier\n"

    mail = read(letter(text=text, html="<p>É</p>\n"))

    assert text_of(mail) == text
    assert html_of(mail) == "<p>É</p>\n"
    assert links_in(mail) == ["https://forum.example/" + "x" * 300]


def test_a_line_of_a_mail_is_never_longer_than_servers_take() -> None:
    data = letter(subject=one_line("é" * 500), text="woord " * 5_000, unsubscribe_url=URL).data

    assert max(map(len, data.split(b"\r\n"))) < 998
    assert data.isascii()
    assert b"\n" not in data.replace(b"\r\n", b"")


def test_a_subscription_can_be_ended_with_one_click() -> None:
    mail = read(letter(unsubscribe_url=URL))

    assert mail["List-Unsubscribe"] == f"<{URL}>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["List-Id"] == "<reply.forum.example>"


def test_another_mail_has_no_list_headers() -> None:
    assert not [name for name in read(letter()).keys() if name.startswith("List-")]  # noqa: SIM118


def test_encoded_words_that_hide_a_line_end_stay_words() -> None:
    mail = read(letter(subject=one_line(ATTACK)))

    assert set(mail.keys()) == HEADERS
    assert mail["Bcc"] is None


@pytest.mark.parametrize("subject", [ATTACK, "twee\r\nBcc: x@y.nl", "twee\nregels"])
def test_a_subject_that_was_not_cleaned_is_never_written(subject: str) -> None:
    with pytest.raises(UnsafeMail):
        letter(subject=subject)


@pytest.mark.parametrize("url", [URL + "\r\nBcc: x@y.nl", "https://forum.example/\r\n\r\nBody"])
def test_an_address_of_a_page_cannot_bring_a_header(url: str) -> None:
    with pytest.raises(UnsafeMail):
        letter(unsubscribe_url=url)


@pytest.mark.parametrize("recipient", ["a@b.example, c@d.example", "a@b.example\r\nBcc: c@d.example"])
def test_a_second_recipient_is_refused(recipient: str) -> None:
    with pytest.raises(UnsafeMail):
        letter(recipient=recipient)


def test_any_subject_and_name_that_was_cleaned_arrives_as_it_is() -> None:
    chance = random.Random(20_261_122)  # noqa: S311 - subjects, not secrets
    bits = [
        "é",
        "“",
        " ",
        "a",
        "woord",
        "😀",
        "日本",
        ATTACK,
        "\n",
        "\r",
        "\t",
        "\u2028",
        ":",
        ",",
        "_",
        "\0",
        "\ud800",
    ]
    bits += ['"', "\\", "<", ">", "@", "=", "?", "\u00a0", "--"]
    for _ in range(400):
        subject = one_line("".join(chance.choices(bits, k=chance.randint(0, 120))))
        name = "N" + "".join(chance.choices(bits, k=chance.randint(0, 40)))

        mail = read(letter(subject=subject, sender=Sender.of_site(name, "https://forum.example", "")))

        assert mail["Subject"] == subject
        assert {address.addr_spec for address in mail["From"].addresses} == {"noreply@forum.example"}
        assert set(mail.keys()) == HEADERS


def test_an_address_with_letters_beyond_ascii_needs_a_server_that_takes_them() -> None:
    assert letter(recipient="renée@bücher.example").needs_utf8
    assert letter(recipient="renée@bücher.example").recipient == "renée@xn--bcher-kva.example"
    assert not letter(recipient="noor@bücher.example").needs_utf8


def test_the_operator_chooses_the_sender() -> None:
    sender = Sender.of_site("De Krant", "https://forum.example", "redactie@krant.example")

    assert read(letter(sender=sender))["From"] == "De Krant <redactie@krant.example>"


def test_a_message_id_is_the_same_each_time_and_another_for_another_mail() -> None:
    ids = [message_id(SIGNER, 7, key, "forum.example") for key in ("een", "een", "twee")]

    assert ids[0] == ids[1] != ids[2]
    assert ids[0].startswith("<7.")
    assert ids[0].endswith("@forum.example>")


def test_words_in_ascii_stay_as_they_are() -> None:
    assert encoded("Dag lezer", name="Subject") == "Dag lezer"
