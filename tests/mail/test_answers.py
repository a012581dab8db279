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
        (554, "transaction failed", Outcome.FAILED),
        (-1, "noise", Outcome.BROKEN),
    ],
)
def test_what_an_answer_about_the_recipient_means(code: int, answer: str, outcome: Outcome) -> None:
    assert judge_recipient(code, answer) is outcome


NO_SUCH_MAILBOX = [
    # Postfix, with and without enhanced codes
    (550, "5.1.1 <n@lezers.example>: Recipient address rejected: User unknown in virtual mailbox table"),
    (550, "<n@lezers.example>: Recipient address rejected: User unknown in local recipient table"),
    (550, "<n@lezers.example>: Recipient address rejected: User unknown in relay recipient table"),
    (
        550,
        "5.1.1 <n@lezers.example>: Recipient address rejected: undeliverable address: host 192.0.2.1 said: no",
    ),
    # Whatever the address is called
    (
        550,
        "<spam-policy@blocklist.example>: Recipient address rejected: User unknown in local recipient table",
    ),
    # Exim, cPanel
    (550, "Unrouteable address"),
    (550, "No Such User Here"),
    (550, "unknown user"),
    # Sendmail
    (550, "5.1.1 <n@lezers.example>... User unknown"),
    (550, "<n@lezers.example>... User unknown"),
    # qmail and its patches
    (550, "sorry, no mailbox here by that name. (#5.1.1)"),
    (511, "sorry, no mailbox here by that name (#5.1.1 - chkuser)"),
    # Exchange, Microsoft 365
    (550, "5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup"),
    (550, "5.1.1 RESOLVER.ADR.ExRecipNotFound; not found"),
    # Gmail
    (
        550,
        "5.1.1 The email account that you tried to reach does not exist. Please try\n"
        "5.1.1 double-checking the recipient's email address for typos or\n"
        "5.1.1 unnecessary spaces. For more information, go to https://support.google.com/mail/?p=NoSuchUser",
    ),
    (550, "5.2.1 The email account that you tried to reach is inactive."),
    # Others
    (550, "Requested action not taken: mailbox unavailable"),
    (550, "Message was not accepted -- invalid mailbox.  Local mailbox is unavailable: user not found"),
    (550, "Invalid Recipient - https://community.mimecast.com/docs/DOC-1369#550"),
    (550, "No such user - psmtp"),
    (550, "No such user at this host"),
    (550, "User not listed in public Name & Address Book"),
    (550, "MAILBOX NOT FOUND"),
    (550, "Recipient unknown. Please check the address and try again."),
    (550, "This user doesn't have an account here"),
    (550, "Account disabled"),
    (551, "User not local; please try <n@elders.example>"),
    (553, "Invalid address"),
]
ABOUT_SOMETHING_ELSE = [
    # Postfix
    (550, "5.7.1 Client host rejected: cannot find your reverse hostname, [192.0.2.1]"),
    (550, "<noreply@weerwoord.example>: Sender address rejected: Domain not found"),
    (550, "5.1.8 <noreply@weerwoord.example>: Sender address rejected: Domain not found"),
    (550, "<n@lezers.example>: Recipient address rejected: Access denied"),
    (550, "<n@lezers.example>: Recipient address rejected: Greylisted, try again in 5 minutes"),
    (550, "<mail.weerwoord.example>: Helo command rejected: Host not found"),
    (554, "5.7.1 <n@lezers.example>: Relay access denied"),
    # Exim, cPanel
    (550, "Verification failed for <noreply@weerwoord.example>\nUnrouteable address\nSender verify failed"),
    (550, "Verification failed for <noreply@weerwoord.example>\nNo Such User Here\nSender verify failed"),
    (550, "Callout verification failed:\n550 User unknown"),
    (550, "Administrative prohibition"),
    (550, "relay not permitted"),
    (550, "Access denied - Invalid HELO name (See RFC2821 4.1.1.1)"),
    (550, "HELO argument should be FQDN"),
    (550, "Blocked - Reverse DNS lookup failed"),
    (550, "IP name lookup failed [192.0.2.1]"),
    (550, "Rejected because 192.0.2.1 is in a black list at zen.spamhaus.org"),
    (550, "Domain weerwoord.example has exceeded the max emails per hour (100/100) allowed."),
    (550, "The account or domain may not exist, they may be blacklisted, or missing the proper dns entries."),
    # Sendmail
    (553, "Domain of sender address noreply@weerwoord.example does not exist"),
    (550, "<n@lezers.example>... Relaying denied"),
    (550, "Access restricted"),
    # qmail
    (553, "sorry, your envelope sender is in my badmailfrom list (#5.7.1)"),
    (553, "sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)"),
    (553, "sorry, that domain isn't in my list of allowed rcpthosts"),
    # Exchange, Microsoft 365, Outlook.com
    (550, "5.4.1 Recipient address rejected: Access denied. AS(201806281)"),
    (550, "5.7.1 Unable to relay"),
    (550, "You do not have permission to send to this recipient"),
    (
        550,
        "5.7.1 Unfortunately, messages from [192.0.2.1] weren't sent; their network is on our block list (S3140)",
    ),
    (550, "SC-001 (COL004-MC1F1) Unfortunately, messages from 192.0.2.1 weren't sent"),
    (
        550,
        "DY-001 Mail rejected by Windows Live Hotmail for policy reasons. We do not accept email from dynamic IP's",
    ),
    # Gmail
    (550, "5.7.26 This mail has been blocked because the sender is unauthenticated."),
    (550, "5.2.1 The user you are trying to contact is receiving mail at a rate that\n5.2.1 prevents more"),
    (552, "5.2.2 The email account that you tried to reach is over quota."),
    # Yahoo
    (553, "5.7.2 [TSS09] All messages from 192.0.2.1 will be permanently deferred"),
    (550, "relaying denied for <n@lezers.example>"),
    # Others
    (550, "permanent failure for one or more recipients (n@lezers.example:blocked)"),
    (550, "5.1.0 <noreply@weerwoord.example> sender rejected"),
    (550, "Too many messages from your IP, slow down"),
    (550, "Too many recipients"),
    (550, "Rate limit exceeded for this user"),
    (550, "your host is listed in a block list"),
    (550, "Mailbox full"),
    (550, "Mailbox temporarily unavailable"),
    (550, "Message rejected: unsolicited"),
    (550, "unknown error"),
    (550, "Unknown command"),
    (550, "Invalid sender domain"),
    (550, "Unauthorized"),
    (550, "Mail rejected"),
    (553, "No"),
]


@pytest.mark.parametrize(("code", "answer"), NO_SUCH_MAILBOX)
def test_a_server_that_knows_no_such_mailbox_is_believed(code: int, answer: str) -> None:
    assert judge_recipient(code, answer) is Outcome.REFUSED


@pytest.mark.parametrize(("code", "answer"), ABOUT_SOMETHING_ELSE)
def test_a_refusal_for_another_cause_says_nothing_of_the_mailbox(code: int, answer: str) -> None:
    assert judge_recipient(code, answer) is Outcome.FAILED


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
