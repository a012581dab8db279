"""A real mail server for tests: on the loopback, in a thread, keeping what it gets, and failing as it is told to."""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, Self, cast

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.services import ReservedPort

PATIENCE_S = 60.0
_LINK = re.compile(r"https?://[^\s<>\"]+")


@dataclass
class Faults:
    """What goes wrong, until it is set otherwise.

    :ivar answers: a command (`CONNECT`, `EHLO`, `MAIL`, `RCPT`, `DATA`) and what it is answered with instead.
    :ivar refused: an address, and what its `RCPT` is answered with.
    :ivar hangs_s: a command, and how many seconds its answer takes.
    :ivar drops_after_data: take the mail and hang up before saying so.
    :ivar dribbles_s: seconds between two bytes of the answer to a mail.
    """

    answers: dict[str, str] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    hangs_s: dict[str, float] = field(default_factory=dict)
    drops_after_data: bool = False
    dribbles_s: float = 0.0


class MailServer:
    """A mail server; use it as a context.

    :ivar messages: every mail that it took, in order; `recipients` holds the envelope's addresses beside them.
    :ivar breaks_at: an address, and how the connection breaks at its `RCPT`: `hangs`, `hangs up`, or an answer's code.
    :ivar connections: how many connections were made.
    :param tls: offer STARTTLS, or with `smtps` speak TLS from the first byte.
    :param password: the only one that signs in, as anybody.
    """

    def __init__(
        self, *, tls: ssl.SSLContext | None = None, smtps: bool = False, password: str | None = None,
        smtputf8: bool = True,
    ) -> None:  # fmt: skip
        self.messages: list[EmailMessage] = []
        self.raw: list[bytes] = []
        self.recipients: list[list[str]] = []
        self.connections = 0
        self.faults = Faults()
        self.breaks_at: dict[str, str] = {}
        self.commands: list[str] = []
        self._reserved = ReservedPort()
        self.port = self._reserved.number
        self._tls, self._smtps, self._password, self._smtputf8 = tls, smtps, password, smtputf8
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._server: asyncio.Server | None = None
        self._sessions: set[asyncio.BaseTransport] = set()

    @property
    def url(self) -> str:
        """What `FORUM_SMTP_URL` is set to."""
        return f"{'smtps' if self._smtps else 'smtp'}://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._thread.start()
        self.listen()
        return self

    def __exit__(self, *_: object) -> None:
        self.refuse_connections()
        self.hang_up()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self._reserved.close()

    def listen(self) -> None:
        """Take connections (again)."""
        self._do(self._listen())

    def refuse_connections(self) -> None:
        """Take no more connections: whoever tries is refused."""
        self._do(self._stop_listening())

    def hang_up(self) -> None:
        """Break every connection that stands."""
        self._do(self._abort())

    def letters_to(self, address: str) -> list[EmailMessage]:
        """The mails that this address got, in order."""
        pairs = zip(list(self.messages), list(self.recipients), strict=False)
        return [message for message, to in pairs if address in to]

    def wait_for(self, address: str, count: int = 1) -> list[EmailMessage]:
        """The mails to this address, once there are so many.

        :raises AssertionError: there were not within `PATIENCE_S`.
        """
        self.wait_until(lambda: len(self.letters_to(address)) >= count, f"{count} mails to {address}")
        return self.letters_to(address)

    def wait_until(self, condition: Callable[[], bool], what: str) -> None:
        """Look until `condition` holds.

        :raises AssertionError: it did not within `PATIENCE_S`.
        """
        deadline_s = time.monotonic() + PATIENCE_S
        while not condition():
            assert time.monotonic() < deadline_s, f"waited in vain for {what}"
            time.sleep(0.01)

    def message_ids(self) -> list[str]:
        """The Message-ID of each mail, in order."""
        return [str(message["Message-ID"]) for message in list(self.messages)]

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()
        pending = asyncio.all_tasks(self._loop)
        for task in pending:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*pending, return_exceptions=True))

    def _do(self, coroutine: Any) -> None:
        asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(PATIENCE_S)

    async def _listen(self) -> None:
        if self._server is None:
            listener = socket.create_server(("127.0.0.1", self.port))
            tls = self._tls if self._smtps else None
            self._server = await self._loop.create_server(self._session, sock=listener, ssl=tls)

    async def _stop_listening(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None

    async def _abort(self) -> None:
        for transport in list(self._sessions):
            cast("asyncio.Transport", transport).abort()
        await asyncio.sleep(0.01)

    def _session(self) -> _FaultySession:
        self.connections += 1
        return _FaultySession(self, self._tls if not self._smtps else None, self._password, self._smtputf8)


class _FaultySession(SMTP):
    """One connection, with the server's faults."""

    def __init__(
        self, server: MailServer, tls: ssl.SSLContext | None, password: str | None, smtputf8: bool
    ) -> None:
        super().__init__(
            _Keeper(server, password), hostname="mail.test.example", enable_SMTPUTF8=smtputf8, tls_context=tls,
            authenticator=_checks(password), auth_require_tls=False,
            loop=server._loop,
        )  # fmt: skip
        self._mail_server = server

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._mail_server._sessions.add(transport)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self._mail_server._sessions.discard(cast("asyncio.BaseTransport", self.transport))
        if self.session is not None:
            super().connection_lost(error)

    async def push(self, status: str | bytes) -> None:
        """Answer, as slowly as told; the greeting may be another."""
        faults = self._mail_server.faults
        text = status.decode() if isinstance(status, bytes) else status
        if text.startswith("220 mail.test"):
            await asyncio.sleep(faults.hangs_s.get("CONNECT", 0.0))
            text = faults.answers.get("CONNECT", text)
        if faults.dribbles_s and text.startswith("250 taken"):
            for byte in text.encode():
                self._writer.write(bytes([byte]))
                await asyncio.sleep(faults.dribbles_s)
            text = ""
        await super().push(text)


def _checks(password: str | None) -> Any:
    if password is None:
        return None

    def authenticate(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        return AuthResult(success=data.password == password.encode(), handled=False)

    return authenticate


class _Keeper:
    """What happens at each step of a mail."""

    def __init__(self, server: MailServer, password: str | None) -> None:
        self.server, self.needs_sign_in = server, password is not None

    async def handle_EHLO(  # noqa: N802
        self, _smtp: SMTP, session: Session, _envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        answer = await self._step("EHLO")
        return [answer] if answer else responses

    async def handle_NOOP(self, *_: object) -> str:  # noqa: N802
        return await self._step("NOOP") or "250 OK"

    async def handle_MAIL(  # noqa: N802
        self, _smtp: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if answer := await self._step("MAIL"):
            return answer
        if self.needs_sign_in and not session.authenticated:
            return "530 5.7.0 sign in first"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, smtp: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if answer := await self._step("RCPT") or self.server.faults.refused.get(address):
            return answer
        if how := self.server.breaks_at.get(address):
            if how == "hangs":
                await asyncio.sleep(60)
            if how == "hangs up":
                cast("asyncio.Transport", smtp.transport).abort()
            return f"{how} broken"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, smtp: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        if answer := await self._step("DATA"):
            return answer
        content = cast("bytes", envelope.content)
        parsed = message_from_bytes(content, policy=policy.default)
        self.server.recipients.append([str(address) for address in envelope.rcpt_tos])
        self.server.raw.append(content)
        self.server.messages.append(parsed)
        if self.server.faults.drops_after_data:
            cast("asyncio.Transport", smtp.transport).abort()
        return "250 taken"

    async def _step(self, command: str) -> str | None:
        faults = self.server.faults
        self.server.commands.append(command)
        await asyncio.sleep(faults.hangs_s.get(command, 0.0))
        return faults.answers.get(command)


def text_of(message: EmailMessage) -> str:
    """The text part of a mail."""
    part = message.get_body(("plain",))
    assert part is not None, "a mail without a text part"
    return str(part.get_content()).replace("\r\n", "\n")


def html_of(message: EmailMessage) -> str:
    """The HTML part of a mail."""
    part = message.get_body(("html",))
    assert part is not None, "a mail without an HTML part"
    return str(part.get_content()).replace("\r\n", "\n")


def links_in(message: EmailMessage) -> list[str]:
    """The addresses in the text part of a mail, in order."""
    return [link.rstrip(".,;:)") for link in _LINK.findall(text_of(message))]


@contextmanager
def mail_server(**options: Any) -> Iterator[MailServer]:
    """A server that runs."""
    with MailServer(**options) as server:
        yield server
