"""Handing mails to the mail server, one connection for many, every wait bounded."""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from ipaddress import ip_address
from typing import Any
from urllib.parse import unquote, urlsplit

from forum.mail.answers import Attempt, Outcome, cleaned, judge_recipient, judge_sender, judge_text
from forum.mail.message import Letter

TIMEOUT_S = 10.0
"""The longest wait for one answer, but for the last one."""
MAIL_WITHIN_S = 120.0
"""The longest time for one mail, connecting included: a server that dribbles bytes holds nobody longer.

The answer to the text may take all that is left of it, because servers look through a mail before they take it (RFC
5321, 4.5.3.2.6, allows ten minutes): who hangs up before sends the mail again, and its reader gets it twice.
"""
MAILS_PER_CONNECTION = 50
_PORTS = {"smtp": 25, "smtps": 465}
_SUBMISSION_PORT = 587
_LEADING_DOT = re.compile(rb"^\.", re.MULTILINE)
Tell = Callable[[str, str], None]


class NoEncryption(smtplib.SMTPException):
    """The password would cross the network in the clear."""


class _Connection(smtplib.SMTP):
    """A connection whose every read ends before `until_s` on the monotonic clock."""

    until_s = 0.0
    is_last_answer = False
    file: Any
    sock: Any

    def getreply(self) -> tuple[int, bytes]:
        """As the library's, with a bound on the whole answer instead of on each byte."""
        if self.file is None:
            self.file = _BoundedLines(self)
        return super().getreply()


class _TlsConnection(_Connection, smtplib.SMTP_SSL):
    """The same with TLS from the first byte."""


class _BoundedLines:
    """The lines that a server sends; smtplib reads its answers here."""

    def __init__(self, connection: _Connection) -> None:
        self._connection = connection
        self._rest = b""

    def readline(self, limit: int) -> bytes:
        """A line with its end, or what there is of it at the end of the connection or at `limit`.

        :raises TimeoutError: it did not come in time.
        """
        is_last = self._connection.is_last_answer
        answer_by_s = self._connection.until_s if is_last else time.monotonic() + TIMEOUT_S
        while b"\n" not in self._rest and len(self._rest) < limit:
            left_s = min(answer_by_s, self._connection.until_s) - time.monotonic()
            if left_s <= 0:
                raise TimeoutError("the answer took too long")
            self._connection.sock.settimeout(left_s)
            part = self._connection.sock.recv(4096)
            if not part:
                break
            self._rest += part
        end = min(self._rest.find(b"\n") + 1 or limit, limit)
        line, self._rest = self._rest[:end], self._rest[end:]
        return line

    def close(self) -> None:
        """Nothing is held."""


class Postman:
    """Hands mails to one mail server. Not for two threads at once.

    :param url: `smtp[s]://user:password@host:port`.
    :param own_name: what it says hello with.
    :param tell: hears of each step and its answer, for an operator who tries.
    """

    def __init__(self, url: str, *, own_name: str, tell: Tell = lambda _step, _answer: None) -> None:
        parts = urlsplit(url)
        self._scheme, self._host = parts.scheme, parts.hostname or ""
        self._user, self._password = unquote(parts.username or ""), unquote(parts.password or "")
        usual = _SUBMISSION_PORT if parts.scheme == "smtp" and self._user else _PORTS[parts.scheme]
        self._port = parts.port or usual
        self._own_name, self._tell = own_name, tell
        self._connection: _Connection | None = None
        self._sent = 0

    def send(self, letter: Letter) -> Attempt:
        """Try to send a mail, once."""
        until_s = time.monotonic() + MAIL_WITHIN_S
        break_means = Outcome.TROUBLE
        try:
            connection = self._connected(until_s)
            attempt = self._offer(connection, letter)
            if attempt.outcome is Outcome.SENT:
                break_means = Outcome.BROKEN
                attempt = self._hand_over(connection, letter)
            return self._settled(connection, attempt)
        except (smtplib.SMTPException, OSError, UnicodeError) as error:
            self.close()
            answer = cleaned(_said(error), letter.recipient)
            self._tell("trouble", answer)
            return Attempt(break_means, answer)

    def close(self) -> None:
        """Hang up, if there is a connection."""
        connection, self._connection, self._sent = self._connection, None, 0
        if connection is not None and connection.sock is not None:
            with suppress(OSError, smtplib.SMTPException):  # a goodbye that nobody hears is none the worse
                connection.until_s = time.monotonic() + 1
                connection.sock.settimeout(1)
                connection.quit()
            connection.close()

    def _connected(self, until_s: float) -> _Connection:
        """The connection, if it still stands; else another."""
        connection = self._connection
        if connection is not None:
            connection.until_s = until_s
            if self._sent < MAILS_PER_CONNECTION and _answers(connection, "noop"):
                return connection
            self.close()
        self._connection = connection = self._connect(until_s)
        self._greet(connection)
        return connection

    def _connect(self, until_s: float) -> _Connection:
        connection: _Connection
        if self._scheme == "smtps":
            connection = _TlsConnection(local_hostname=self._own_name, timeout=TIMEOUT_S, context=self._tls())
        else:
            connection = _Connection(local_hostname=self._own_name, timeout=TIMEOUT_S)
        connection.until_s = until_s
        connection._host = self._host  # type: ignore[attr-defined] # what the certificate has to name
        try:
            code, answer = connection.connect(self._host, self._port)
        except BaseException:
            connection.close()
            raise
        connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # else each step waits 40 ms
        self._tell("connect", f"{code} {answer.decode(errors='replace')}")
        if code != 220:
            connection.close()
            raise smtplib.SMTPConnectError(code, answer)
        return connection

    def _greet(self, connection: _Connection) -> None:
        connection.ehlo_or_helo_if_needed()
        is_private = self._scheme == "smtps"
        if not is_private and connection.has_extn("starttls"):
            code, answer = connection.starttls(context=self._tls())
            self._tell("tls", f"{code} {answer.decode(errors='replace')}")
            connection.ehlo_or_helo_if_needed()
            is_private = True
        if self._user:
            if not is_private and not is_loopback(self._host):
                raise NoEncryption("the server offers no encryption, so the password was not sent")
            code, answer = connection.login(self._user, self._password)
            self._tell("sign in", f"{code} {answer.decode(errors='replace')}")

    def _tls(self) -> ssl.SSLContext:
        """Certificates are checked, but on the loopback, where nobody can stand in between."""
        context = ssl.create_default_context()
        if is_loopback(self._host):
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context

    def _offer(self, connection: _Connection, letter: Letter) -> Attempt:
        """Whether the server takes a mail of ours, whoever it is for."""
        if letter.needs_utf8 and not connection.has_extn("smtputf8"):
            return Attempt(Outcome.FAILED, "the mail server takes no such letters in an address (SMTPUTF8)")
        connection.command_encoding = "utf-8" if letter.needs_utf8 else "ascii"
        options = ["SMTPUTF8"] if letter.needs_utf8 else []
        code, raw = connection.mail(letter.sender, options)
        return self._judged("sender", judge_sender(code), code, raw, letter)

    def _hand_over(self, connection: _Connection, letter: Letter) -> Attempt:
        code, raw = connection.rcpt(letter.recipient)
        text = raw.decode(errors="replace")
        attempt = self._judged("recipient", judge_recipient(code, text), code, raw, letter)
        if attempt.outcome is Outcome.SENT:
            code, raw = _send_text(connection, letter.data)
            text = raw.decode(errors="replace")
            attempt = self._judged("text", judge_text(code, text), code, raw, letter)
        return attempt

    def _settled(self, connection: _Connection, attempt: Attempt) -> Attempt:
        """The attempt, with the connection ready for the next mail, or closed."""
        self._sent += 1
        if attempt.outcome in {Outcome.TROUBLE, Outcome.BROKEN}:
            self.close()
        elif attempt.outcome is not Outcome.SENT and not _answers(connection, "rset"):
            self.close()  # the verdict on this mail stands all the same
        return attempt

    def _judged(self, step: str, outcome: Outcome, code: int, raw: bytes, letter: Letter) -> Attempt:
        answer = f"{code} {raw.decode(errors='replace')}"
        self._tell(step, answer)
        return Attempt(outcome, cleaned(answer, letter.recipient))


def is_loopback(host: str) -> bool:
    """Whether a host is this machine itself."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _send_text(connection: _Connection, data: bytes) -> tuple[int, bytes]:
    """As the library's `data`, which would not wait any longer for the answer after the final dot."""
    code, answer = connection.docmd("DATA")
    if code != 354:
        return code if code >= 400 else -1, answer  # it asked for no text, so it has taken none
    connection.send(_LEADING_DOT.sub(b"..", data) + b".\r\n")
    connection.is_last_answer = True
    try:
        return connection.getreply()
    finally:
        connection.is_last_answer = False


def _answers(connection: _Connection, command: str) -> bool:
    """Whether the connection still stands."""
    try:
        return connection.docmd(command)[0] == 250
    except (smtplib.SMTPException, OSError):
        return False


def _said(error: Exception) -> str:
    """What went wrong, as far as it can be told: an answer's code and words, or the system's own."""
    if isinstance(error, smtplib.SMTPResponseException):
        words = error.smtp_error
        return f"{error.smtp_code} {words.decode(errors='replace') if isinstance(words, bytes) else words}"
    if isinstance(error, socket.gaierror):
        return f"the mail server's name is not known: {error.strerror}"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the mail server's certificate is not valid: {error.verify_message}"
    return str(error) or type(error).__name__
