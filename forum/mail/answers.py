"""What a mail server answered, and what follows from it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

MAX_ANSWER_CHARS = 400
_MAX_READ_CHARS = 2000
"""What comes behind is not looked at: the search for addresses hangs on a word of a megabyte, as a bounce may bring."""
_ENHANCED = re.compile(r"^\s*([245]\.\d{1,3}\.\d{1,3})\b|\(#(5\.\d{1,3}\.\d{1,3})\b")
"""Where RFC 2034 has it, or as qmail writes it: `sorry, no mailbox here by that name. (#5.1.1)`."""
_ABOUT_THE_MAILBOX = re.compile(r"5\.1\.(?:0|1|2|3|4|6|10)|5\.2\.1")
_SHOWS_ANOTHER_CAUSE = re.compile(r"sender|\brate\b|quickly", re.IGNORECASE)
"""In a status that speaks of the mailbox: 5.1.0 is used of senders too, and Gmail's 5.2.1 of those who get too much."""
_NAMES_THE_RECIPIENT = re.compile(
    r"user|mailbox|recipient|\brcpt\b|account|addressee|local part|unknown (?:local|address)|no such|no one|nobody|"
    r"(?:not|n't) (?:exist|have)|address (?:rejected|not found|invalid|error)|invalid address|unrout|disabled|inactive",
    re.IGNORECASE,
)
_NAMES_SOMETHING_ELSE = re.compile(
    r"sender|\bfrom\b|return.path|envelope|[he][eh]lo\b|(?<!this )host|client|connect|network|\bips?\b|dns\b|ptr\b|"
    r"reverse|\brates?\b|limit|too (?:many|much|fast)|slow|throttl|verif|callout|spf|dkim|dmarc|authenti[cz]|"
    r"authori[sz]|polic|prohibit|restrict|den(?:y|ied|ies)|not allowed|permi(?:t|ssion)|relay(?! recipient)|security|"
    r"spam|unsolicited|bulk|virus|malware|content|block|black|banned|abus|(?<!not )listed|rbl|reputation|"
    r"gr[ea]y|later|try again (?:in|after)|tempor|quota|\bfull\b|space|too (?:big|large)|size",
    re.IGNORECASE,
)
"""Us, how we connect or how much we send, a rule, or a mailbox that exists: with such a word the rest says little."""
_CODE = re.compile(r"^\s*\d{3}[ -]")
_ADDRESS = re.compile(r"[^\s<>\"'(),:;]+@[^\s<>\"'(),:;]+")
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
    knows_no_mailbox = _knows_no_mailbox(code, _ADDRESS.sub("", answer[:_MAX_READ_CHARS]))
    return Outcome.REFUSED if knows_no_mailbox else Outcome.FAILED


def judge_text(code: int, answer: str) -> Outcome:
    """What an answer to the mail itself means; only one that says so is about the mailbox."""
    outcome = judge_recipient(code, answer)
    if outcome is Outcome.REFUSED and not _ENHANCED.search(answer):
        return Outcome.FAILED
    return outcome


def _knows_no_mailbox(code: int, answer: str) -> bool:
    """Whether a refusal says so, by its enhanced status, or by its words: many servers use one bare code for anything.

    A doubt is decided for the mailbox: the next mail asks again, while a suppressed address hears nothing for a year.

    :param answer: without addresses, whose words say nothing.
    """
    status = _ENHANCED.search(answer)
    if status is not None:
        is_such = _ABOUT_THE_MAILBOX.fullmatch(status[1] or status[2]) is not None
        return is_such and not _SHOWS_ANOTHER_CAUSE.search(answer)
    names_it = code in {550, 551, 553} and _NAMES_THE_RECIPIENT.search(answer) is not None
    return names_it and not _NAMES_SOMETHING_ELSE.search(answer)


def gives_up_address(status: str, said: str) -> bool:
    """Whether a delivery report means that nothing will ever arrive there, judged as if the server had said it to us.

    :param status: of the report, such as `5.1.1`; a relay writes `5.0.0` where it was told no more than words.
    :param said: the server's answer, with its code.
    """
    words = _CODE.sub("", said)
    answer = words if status == "5.0.0" else f"{status} {words}"
    return judge_recipient(550, answer) is Outcome.REFUSED


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
