"""A site whose mail can be watched: its outbox, its workers, and a second worker beside them."""

from __future__ import annotations

import os
import signal
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from forum import create_app
from forum.accounts.models import Account, RoleName
from forum.base.clock import utc_now
from forum.base.session import db, writing
from forum.comments import lifecycle
from forum.comments.lifecycle import Reason
from forum.comments.models import Comment, Commenter, Move
from forum.comments.proving.service import confirm_comment, prove
from forum.config import load_settings
from forum.mail import outbox
from forum.mail.models import MailState, OutboxMail
from forum.mail.outbox import NewMail
from forum.moderation.mail import service
from tests.factories import Person, make_account
from tests.mail.server import MailServer
from tests.proofs.client import Client
from tests.proofs.posts import Post
from tests.proofs.site import ROOT, Site

PATIENCE_S = 90.0


class MailSite:
    """What a proof does with the mail of a running site.

    :ivar expected: how many mails each address has to get, and with them as many Message-IDs.
    """

    def __init__(self, site: Site, server: MailServer, slug: str) -> None:
        self.site, self.server, self.slug = site, server, slug
        self.app = create_app(load_settings(site.environ))
        self.expected: Counter[str] = Counter()
        self._numbers = 0
        self._second: subprocess.Popen[bytes] | None = None

    def post(self, count: int) -> float:
        """Readers post comments, each from another address and network; each address has to get a mail.

        :return: the median time of an answer, seconds.
        """
        took_s: list[float] = []
        self.posted(count, took_s)
        return statistics.median(took_s)

    def posted(self, count: int, took_s: list[float] | None = None) -> list[str]:
        """The same; the addresses.

        :param took_s: gets the time of each answer, seconds.
        """
        addresses = []
        for _ in range(count):
            number = self._next()
            post = Post(number, self.slug)
            with Client(
                self.site.base_url, source=f"127.0.{number // 250 % 250}.{number % 250 + 2}"
            ) as client:
                started_s = time.monotonic()
                answer = post.send(client)
                if took_s is not None:
                    took_s.append(time.monotonic() - started_s)
            assert answer.status == 303, f"a post was answered with {answer.status}"
            addresses.append(str(post.fields["email"]))
        self.expected.update(addresses)
        return addresses

    def decide(self, addresses: list[str], *kinds: Move) -> None:
        """Each of these writers confirms the comment, and a moderator decides; a decision that stands is told."""
        with self.app.app_context():
            by = lifecycle.staff(self._moderator_id())
            for address in addresses:
                with writing(db.session):
                    comment = _confirmed(db.session, address)
                    for kind in kinds:
                        reason = Reason("off_topic") if kind is Move.REJECT else None
                        lifecycle.move(
                            db.session,
                            comment,
                            kind,
                            by=by,
                            version=comment.version,
                            now=utc_now(),
                            reason=reason,
                        )
        if kinds[-1] is not Move.UNDO:
            self.expected.update(addresses)

    def kinds_sent(self, address: str) -> list[str]:
        """The kinds of mail that left to an address, in order."""
        statement = select(OutboxMail.kind).where(
            OutboxMail.recipient == address, OutboxMail.state == MailState.SENT
        )
        with self.app.app_context():
            return list(db.session.scalars(statement.order_by(OutboxMail.id)))

    def put(self, count: int, *, is_wanted: bool = True, state: MailState = MailState.WAITING) -> list[str]:
        """Test mails into the outbox, each to another address; the addresses."""
        addresses = [f"lezer-{self._next()}@voorbeeld.example" for _ in range(count)]
        with self.app.app_context(), writing(db.session):
            for address in addresses:
                mail = NewMail(key=f"test:{address}", kind="test", recipient=address)
                outbox.put(db.session, mail, now=utc_now())
            _set(db.session, OutboxMail.recipient.in_(addresses), state=state)
        if is_wanted:
            self.expected.update(addresses)
        return addresses

    def wake(self, addresses: list[str]) -> None:
        """Let mails that were put aside wait (again)."""
        with self.app.app_context(), writing(db.session):
            _set(db.session, OutboxMail.recipient.in_(addresses), state=MailState.WAITING)

    def hurry(self, *, leases: bool = False) -> None:
        """Let the time pass that mails wait for their next attempt or for an undo, or that a lease lasts."""
        past = utc_now() - timedelta(days=1)
        waits = OutboxMail.state == MailState.WAITING
        with self.app.app_context(), writing(db.session):
            _set(db.session, waits & OutboxMail.lease.is_(None), due_at=past)
            if leases:
                _set(db.session, waits, lease=None, leased_until=None, due_at=past, attempts=1)

    def send_again(self, addresses: list[str]) -> None:
        """What an admin does with dead letters."""
        with self.app.app_context(), writing(db.session):
            ids = db.session.scalars(select(OutboxMail.id).where(OutboxMail.recipient.in_(addresses))).all()
            for mail_id in ids:
                service.send_again(db.session, self.app.extensions["forum_signer"], mail_id, now=utc_now())

    def count(self, state: MailState, addresses: list[str] | None = None) -> int:
        """How many mails stand so."""
        statement = select(func.count()).where(OutboxMail.state == state)
        if addresses is not None:
            statement = statement.where(OutboxMail.recipient.in_(addresses))
        with self.app.app_context():
            return db.session.execute(statement).scalar_one()

    def attempted(self) -> int:
        """How many waiting mails were tried and are in nobody's hands."""
        statement = select(func.count()).where(
            OutboxMail.state == MailState.WAITING, OutboxMail.attempts > 0, OutboxMail.lease.is_(None)
        )
        with self.app.app_context():
            return db.session.execute(statement).scalar_one()

    def wait_until(self, condition: Callable[[], bool], what: str) -> None:
        """Look until `condition` holds. :raises TimeoutError: it did not in time."""
        deadline_s = time.monotonic() + PATIENCE_S
        while not condition():
            if time.monotonic() > deadline_s:
                raise TimeoutError(f"waited in vain until {what}")
            time.sleep(0.1)

    def drain(self, *, leases: bool = False) -> None:
        """Wait until nothing waits any more, letting time pass."""

        def is_empty() -> bool:
            self.hurry(leases=False)
            return self.count(MailState.WAITING) == 0

        self.hurry(leases=leases)
        self.wait_until(is_empty, "the outbox is empty")

    def start_second_worker(self) -> None:
        """Another worker of the same site, as on a second machine."""
        command = [sys.executable, "-m", "flask", "--app", "app", "worker", "run"]
        with self.site.log_path.open("ab") as log:
            self._second = subprocess.Popen(
                command, cwd=ROOT, env=self.site.environ, stdout=log, stderr=subprocess.STDOUT
            )

    def kill_worker(self, *, second: bool) -> None:
        """Kill -9 the worker of the site (its supervisor starts another), or the second one, and start it again."""
        if second and self._second is not None:
            self._second.kill()
            self._second.wait()
            self.start_second_worker()
            return
        for pid in self._own_workers():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def close(self) -> None:
        """End the second worker."""
        if self._second is not None:
            self._second.kill()
            self._second.wait()
        with self.app.app_context():
            db.engine.dispose()

    def wrong(self) -> list[str]:
        """Mails that did not arrive, arrived and should not have, or came under two Message-IDs."""
        problems = []
        for address, wanted in sorted(self.expected.items()):
            ids = {str(mail["Message-ID"]) for mail in self.server.letters_to(address)}
            if len(ids) != wanted:
                problems.append(f"{address} got {len(ids)} mails, not {wanted}")
        strangers = {address for to in self.server.recipients for address in to} - set(self.expected)
        problems += [f"{address} got a mail and should not" for address in sorted(strangers)]
        distinct = len(set(self.server.message_ids()))
        if distinct != self.expected.total():
            problems.append(f"{distinct} distinct Message-IDs for {self.expected.total()} mails")
        return problems

    def _moderator_id(self) -> int:
        person = Person("Mirjam Aarts", "mirjam.aarts@redactie.example")
        found = db.session.scalar(select(Account.id).where(Account.email == person.email))
        if found is not None:
            return found
        with writing(db.session):
            return make_account(db.session, person, [RoleName.MODERATOR]).id

    def _next(self) -> int:
        self._numbers += 1
        return self._numbers

    def _own_workers(self) -> list[int]:
        """The site's processes that hold no listening socket: its supervisor and web processes do."""
        listening = _listening_inodes(self.site.port)
        return [pid for pid in self.site.processes() if not listening & _sockets_of(pid)]


def _confirmed(session: Session, address: str) -> Comment:
    """The one comment of an address, proven as by its link."""
    commenter = session.scalars(select(Commenter).where(Commenter.email == address)).one()
    comment = session.scalars(select(Comment).where(Comment.commenter_id == commenter.id)).one()
    prove(commenter, now=utc_now())
    confirm_comment(session, comment, now=utc_now())
    return comment


def _listening_inodes(port: int) -> set[str]:
    lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    fields = [line.split() for line in lines]
    return {row[9] for row in fields if row[3] == "0A" and row[1].endswith(f":{port:04X}")}


def _sockets_of(pid: int) -> set[str]:
    found = set()
    with suppress(OSError):
        for entry in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(OSError):
                found.add(str(entry.readlink()).removeprefix("socket:[").removesuffix("]"))
    return found


def _set(session: Session, where: object, **values: object) -> None:
    session.execute(update(OutboxMail).where(where).values(**values))  # type: ignore[arg-type]
