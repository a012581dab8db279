"""Posting never waits for mail; every mail that should arrive does, under every fault, and none that should not.

A real site and two workers against a real SMTP server that refuses connections, answers 4xx and 5xx, hangs for a
minute, thinks a minute before it takes a mail, takes mails and hangs up before saying so; workers are killed (-9) at
random moments. Distinct Message-IDs are counted: a second copy may come where a connection or a worker died, and bears
the same one.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from forum.comments.models import Move
from forum.mail.models import MailState
from tests.mail.server import Faults, MailServer
from tests.proofs.databases import scratch_database
from tests.proofs.mail_site import MailSite
from tests.proofs.site import NO_LIMITS, running_site

SLUG = "stelling"
POSTS = 15
MAILS = 120
KILLS = 12
SLOWEST = 3.0
"""How much longer the median post may take than on the same site without a fault, and half a second: workers that
start and compose share the machine with it. Whoever waited for a failing mail server would wait for ten."""
HANG_S = 60.0


class Run:
    """One site's life through all faults."""

    def __init__(self, mails: MailSite, chance: random.Random) -> None:
        self.mails, self.server, self.chance = mails, mails.server, chance
        self.problems: list[str] = []
        self.usual_s = 0.0
        self._copies = 0

    def all(self) -> list[str]:
        """Everything, one after the other; what went wrong."""
        self.usual_s = self.mails.post(POSTS)
        self.mails.drain()
        self._note(f"no fault: median post {1000 * self.usual_s:.0f} ms")
        self._taken_back()
        self._refused_connections()
        for command, answer in (
            ("RCPT", "450 4.2.0 later"),
            ("DATA", "451 4.3.0 later"),
            ("CONNECT", "421 busy"),
        ):
            self._under(Faults(answers={command: answer}), f"{answer[:3]} at {command}")
        self._under(Faults(answers={"DATA": "451 4.3.0 later"}, hangs_s={"DATA": 0.5}), "slow 4xx at DATA")
        self._refused_addresses()
        self._dead_letters()
        self._under(Faults(hangs_s={"RCPT": HANG_S}), f"hanging {HANG_S:g} s at RCPT")
        self._slow_verdict()
        self._under(Faults(drops_after_data=True), "taking, then hanging up", can_copy=True)
        self._killed_workers()
        return self.problems + self.mails.wrong()

    def shared(self) -> list[str]:
        """Only what the database has a part in: workers that share the mails, and are killed."""
        self.usual_s = self.mails.post(POSTS)
        self.mails.drain()
        self._taken_back()
        self._killed_workers()
        return self.problems + self.mails.wrong()

    def _under(self, faults: Faults, name: str, *, can_copy: bool = False) -> None:
        """Posts while the server fails so; when it is well again, every mail arrives.

        :param can_copy: whether the connection dies while the server takes a mail.
        """
        with self._faults(faults):
            self.mails.put(3)
            self._post(name)
            self.mails.wait_until(lambda: self.mails.attempted() > 0, f"a mail was tried: {name}")
        self.mails.drain()
        self._check_copies(name, at_most=None if can_copy else 0)

    def _slow_verdict(self) -> None:
        """A server that looks through a mail for a minute before it takes it gets each mail once."""
        name, before = f"{HANG_S:g} s after DATA", len(self.server.messages)
        with self._faults(Faults(hangs_s={"DATA": HANG_S})):
            self.mails.put(1)
            self._post(name)
            self.mails.wait_until(
                lambda: len(self.server.messages) > before, "a mail was taken after a minute"
            )
        self.mails.drain()
        self._check_copies(name)

    def _refused_connections(self) -> None:
        self.server.refuse_connections()
        self.server.hang_up()
        self._post("connection refused")
        self.mails.wait_until(lambda: self.mails.attempted() > 0, "a mail was tried: connection refused")
        self.server.listen()
        self.mails.drain()
        self._check_copies("connection refused")

    def _refused_addresses(self) -> None:
        """No mail to an address that the server refuses: not this one, and no later one."""
        gone = self.mails.put(4, is_wanted=False, state=MailState.STOPPED)
        self.server.faults.refused = dict.fromkeys(gone, "550 5.1.1 unknown")
        self.mails.wake(gone)
        self.mails.put(4)
        self._post("5xx on addresses")
        self.mails.drain()
        failed = self.mails.count(MailState.FAILED, gone)
        if failed != len(gone):
            self._wrong(f"{failed} of {len(gone)} mails to refused addresses are dead letters")
        self.server.faults = Faults()

    def _dead_letters(self) -> None:
        """Mails that the server will never take become dead letters; sent again by an admin, they arrive."""
        with self._faults(Faults(answers={"DATA": "554 5.6.0 no"})):
            letters = self.mails.put(4)
            self.mails.wait_until(
                lambda: self.mails.count(MailState.FAILED, letters) == len(letters), "the letters are dead"
            )
        self.mails.send_again(letters)
        self._post("5xx at DATA, sent again")
        self.mails.drain()

    def _taken_back(self) -> None:
        """Of a decision that is undone within the delay nobody hears; of the next one its writer does, once."""
        undone, decided_anew = self.mails.posted(5), self.mails.posted(5)
        self.mails.drain()
        self.mails.decide(undone, Move.APPROVE, Move.UNDO)
        self.mails.decide(decided_anew, Move.APPROVE, Move.UNDO, Move.REJECT)
        self.mails.drain()
        for addresses, kinds in ((undone, ["confirm"]), (decided_anew, ["confirm", "refused"])):
            wrong = [kinds_ for kinds_ in map(self.mails.kinds_sent, addresses) if kinds_ != kinds]
            if wrong:
                self._wrong(f"approved and taken back: {len(wrong)} writers got {wrong[0]}, not {kinds}")
        self._check_copies("decisions taken back")

    def _killed_workers(self) -> None:
        """Two workers share the mails and are killed at random moments; leases run out meanwhile."""
        self.mails.start_second_worker()
        self.mails.put(MAILS)
        self.server.faults.hangs_s = {"DATA": 0.05}
        for kill in range(KILLS):
            time.sleep(self.chance.uniform(0.5, 2.5))
            self.mails.kill_worker(second=kill % 2 == 0)
            if kill % 4 == 0:
                self._post(f"kill {kill + 1} of {KILLS}", count=5)
        left = self.mails.count(MailState.WAITING)
        self.server.faults = Faults()
        self.mails.drain(leases=True)
        self._check_copies("killed workers", at_most=KILLS)
        self._note(f"{KILLS} kills of two workers, {left} mails left for after the last")

    def _post(self, name: str, count: int = POSTS) -> None:
        median_s = self.mails.post(count)
        if median_s > SLOWEST * self.usual_s + 0.5:
            self._wrong(f"{name}: the median post took {median_s:.2f} s, usually {self.usual_s:.2f} s")
        self._note(f"{name}: median post {1000 * median_s:.0f} ms")

    @contextmanager
    def _faults(self, faults: Faults) -> Iterator[None]:
        self.server.faults = faults
        yield
        self.server.faults = Faults()

    def _check_copies(self, name: str, *, at_most: int | None = 0) -> None:
        """Second copies come where a connection or a worker died after DATA, and nowhere else.

        :param at_most: how many may have come since the last look; None: any number.
        """
        ids = self.server.message_ids()
        copies, self._copies = len(ids) - len(set(ids)) - self._copies, len(ids) - len(set(ids))
        if at_most is not None and copies > at_most:
            self._wrong(f"{name}: {copies} second copies")

    def _wrong(self, problem: str) -> None:
        self.problems.append(problem)

    @staticmethod
    def _note(line: str) -> None:
        print(f"  {line}", flush=True)


def prove() -> bool:
    """Run all faults on SQLite, and the shared work with its kills on PostgreSQL too."""
    seed = time.time_ns() % 1_000_000
    print(f"seed {seed}")
    chance = random.Random(seed)  # noqa: S311 - moments, not secrets
    problems = _on(None, chance, whole=True)
    with scratch_database() as url:
        problems += _on(url, chance, whole=False)
    for problem in problems[:20]:
        print(f"  WRONG: {problem}")
    print(f"{len(problems)} problems")
    return not problems


def _on(database_url: str | None, chance: random.Random, *, whole: bool) -> list[str]:
    """One site on one database; what went wrong."""
    print("PostgreSQL" if database_url else "SQLite", flush=True)
    with tempfile.TemporaryDirectory() as folder, MailServer() as server:
        env = {
            **NO_LIMITS, "FORUM_SMTP_URL": server.url, "FORUM_CONFIRM_EMAIL": "always",
            "FORUM_MAIL_PER_MINUTE": "100000",
        }  # fmt: skip
        with running_site(Path(folder), env=env, database_url=database_url) as site:
            site.add_article(SLUG)
            mails = MailSite(site, server, SLUG)
            run = Run(mails, chance)
            try:
                problems = run.all() if whole else run.shared()
            finally:
                mails.close()
        copies = len(server.messages) - len(set(server.message_ids()))
        print(
            f"  {mails.expected.total()} mails expected, {len(set(server.message_ids()))} distinct Message-IDs arrived,"
            f" {copies} second copies",
            flush=True,
        )
    return problems
