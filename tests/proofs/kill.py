"""Every comment that was answered with a 303 survives a kill of all processes at once, and is there once.

Ten rounds of 1,000 posts. In each round all processes are killed (-9) at random moments and started again,
while the readers' browsers send what was not answered again, with the same `submission_id`.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Lock, Thread

from tests.proofs.client import Client
from tests.proofs.posts import Database, Post
from tests.proofs.site import NO_LIMITS, Site, running_site

ROUNDS = 10
POSTS = 1_000
KILLS = 3
READERS = 8
REPEATED = 100
SLUG = "stelling"


class Round:
    """One round: its posts, and what the readers were told."""

    def __init__(self, first_number: int) -> None:
        self.waiting = [Post(first_number + number, SLUG) for number in range(POSTS)]
        self.acknowledged: list[tuple[Post, str]] = []
        self.problems: list[str] = []
        self._lock = Lock()

    def read_and_post(self, base_url: str) -> None:
        """One reader's life: take a post, send it until it is answered, take the next."""
        with Client(base_url) as client:
            while post := self._next():
                try:
                    answer = post.send_until_answered(client)
                except TimeoutError as error:
                    self._note(str(error))
                    return
                if answer is None or answer.status != 303:
                    self._note(f"post {post.number} was answered with {answer and answer.status}")
                else:
                    with self._lock:
                        self.acknowledged.append((post, answer.location))

    def _next(self) -> Post | None:
        with self._lock:
            return self.waiting.pop() if self.waiting else None

    def _note(self, problem: str) -> None:
        with self._lock:
            self.problems.append(problem)


def prove() -> bool:
    """Kill, start again, compare what was acknowledged with what is stored."""
    seed = time.time_ns() % 1_000_000
    chance = random.Random(seed)  # noqa: S311 - moments, not secrets
    print(f"seed {seed}: {ROUNDS} rounds of {POSTS} posts by {READERS} readers, {KILLS} kills a round")
    with tempfile.TemporaryDirectory() as folder, running_site(Path(folder), env=NO_LIMITS) as site:
        site.add_article(SLUG)
        database = Database(site.database_url)
        acknowledged: list[Post] = []
        problems: list[str] = []
        for number in range(ROUNDS):
            done = _run_round(site, Round(number * POSTS), chance, number + 1)
            acknowledged += [post for post, _ in done.acknowledged]
            wrong = done.problems + database.wrong_about(acknowledged) + database.faults()
            wrong += _answered_otherwise(
                site, chance.sample(done.acknowledged, min(REPEATED, len(done.acknowledged)))
            )
            for line in wrong[:10]:
                print(f"  {line}")
            problems += wrong
        database.close()
    print(f"{ROUNDS * KILLS} kills, {len(acknowledged)} posts acknowledged, {len(problems)} problems")
    return not problems and len(acknowledged) == ROUNDS * POSTS


def _run_round(site: Site, round_: Round, chance: random.Random, number: int) -> Round:
    started_s, starts_s = time.monotonic(), []
    with _readers(site, round_) as are_done:
        for kill in range(KILLS):
            # by progress, so that a kill falls into the posting however fast the machine is
            target = POSTS * (kill + chance.random()) / KILLS
            while len(round_.acknowledged) < target and not are_done.is_set():
                time.sleep(0.001)
            time.sleep(chance.uniform(0, 0.01))
            site.kill_all()
            starts_s.append(site.restart())
    took_s = time.monotonic() - started_s
    starts = ", ".join(f"{start_s:.2f}" for start_s in starts_s)
    print(
        f"round {number}: {len(round_.acknowledged)} acknowledged in {took_s:.1f} s; restarts: {starts} s",
        flush=True,
    )
    return round_


@contextmanager
def _readers(site: Site, round_: Round) -> Iterator[Event]:
    """Readers at work; waits for the last. The event is set when all posts are taken."""
    are_done = Event()

    def read() -> None:
        round_.read_and_post(site.base_url)
        are_done.set()

    threads = [Thread(target=read) for _ in range(READERS)]
    for thread in threads:
        thread.start()
    yield are_done
    for thread in threads:
        thread.join()


def _answered_otherwise(site: Site, sample: list[tuple[Post, str]]) -> list[str]:
    """Posts that, sent once more, are not answered as the first time."""
    with Client(site.base_url) as client:
        answers = [(post, location, post.send(client)) for post, location in sample]
    return [
        f"post {post.number}, sent again, was answered with {answer.status} {answer.location}"
        for post, location, answer in answers
        if (answer.status, answer.location) != (303, location)
    ]
