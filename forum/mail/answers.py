"""What a mail server answered, and what follows from it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

MAX_ANSWER_CHARS = 400
_MAX_READ_CHARS = 2000
"""What comes behind is not looked at: the search for addresses hangs on a word of a megabyte, as a bounce may bring."""
_ENHANCED = re.compile(r"^\s*([245]\.\d{1,3}\.\d{1,3})\b")
_ABOUT_THE_MAILBOX = re.compile(r"5\.1\.(?:0|1|2|3|4|6|10)|5\.2\.1")
_ABOUT_POLICY = re.compile(
    r"relay|spam|block|polic|denied|denies|reputation|black|listed|authenticat|spf|dkim|dmarc|virus|not allowed|"
    r"not permitted|quota|full",
    re.IGNORECASE,
)
_ADDRESS_LIKE = re.compile(r"[^\s<>\"'()]+@[^\s<>\"'()]+")


class Outcome(StrEnum):
    """What became of an attempt.

    `refused`: the server knows no such mailbox. `failed`: it will never take this mail. `broken`: the server took our
    sender, and then the connection did not last until its verdict; that may be about this mail alone. `trouble`: it
    could not be asked about this mail at all, and any other would fare the same.
    """

    SENT = "sent"
    LATER = "later"
    REFUSED = "refused"
    FAILED = "failed"
    BROKEN = "broken"
    TROUBLE = "trouble"


@dataclass(frozen=True)
class Attempt:
    """One attempt to send a mail.

    :param answer: of the server, or what went wrong, without any address.
    """

    outcome: Outcome
    answer: str


def judge_recipient(code: int, answer: str) -> Outcome:
    """What an answer to `RCPT` means (RFC 5321, 4.2.3; RFC 3463)."""
    if 200 <= code < 300:
        return Outcome.SENT
    if code in {421, 530, 535} or code < 400:
        return Outcome.BROKEN
    if code < 500:
        return Outcome.LATER
    status = _ENHANCED.match(answer)
    if status is not None:
        return Outcome.REFUSED if _ABOUT_THE_MAILBOX.fullmatch(status[1]) else Outcome.FAILED
    is_plain = code in {550, 551, 553} and not _ABOUT_POLICY.search(answer)
    return Outcome.REFUSED if is_plain else Outcome.FAILED


def judge_text(code: int, answer: str) -> Outcome:
    """What an answer to the mail itself means; only one that says so is about the mailbox."""
    outcome = judge_recipient(code, answer)
    if outcome is Outcome.REFUSED and not _ENHANCED.match(answer):
        return Outcome.FAILED
    return outcome


def judge_sender(code: int) -> Outcome:
    """What an answer to `MAIL` means: refusing our sender, it refuses every mail of ours."""
    if 200 <= code < 300:
        return Outcome.SENT
    return Outcome.LATER if 400 <= code < 500 and code != 421 else Outcome.TROUBLE


def cleaned(answer: str, recipient: str = "") -> str:
    """An answer that may be kept and shown: one line, no address of anybody, not long."""
    begins = answer[:_MAX_READ_CHARS]
    line = " ".join("".join(char if char.isprintable() else " " for char in begins).split())
    local = recipient.rpartition("@")[0]
    for private in (recipient, local if len(local) > 2 else ""):
        if private:
            line = re.sub(rf"(?<![\w.]){re.escape(private)}(?![\w])", "…", line, flags=re.IGNORECASE)
    line = _ADDRESS_LIKE.sub("…", line)
    if begins != answer and len(line) <= MAX_ANSWER_CHARS:
        line = line.rpartition(" ")[0]  # half an address at the end would not be known for one
    return line[:MAX_ANSWER_CHARS]
