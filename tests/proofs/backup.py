"""A drill: back up while readers post, erase, destroy the database, restore, start; on SQLite and on PostgreSQL.

Readers offer 200 posts a second; how many the machine took is printed. Every comment that was answered with a 303
before the moment of the backup is there afterwards, none is there by half, and who was erased after the backup stays
erased. The time of each step is printed.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Lock, Thread

import psycopg

from forum import create_app
from forum.base.clock import utc_now
from forum.base.engine import is_sqlite
from forum.base.session import db, writing
from forum.comments.erasing import erase_address
from forum.comments.models import Commenter
from forum.config import load_settings
from tests import services
from tests.proofs.client import Client
from tests.proofs.databases import scratch_database
from tests.proofs.posts import Database, Post
from tests.proofs.site import NO_LIMITS, Site, running_site

READERS = 8
POSTS_PER_S = 200
BEFORE_S = 12.0
AFTER_S = 3.0
ERASED = 10
SLUG = "stelling"


@dataclass
class Posting:
    """Readers who post until they are told to stop; what was acknowledged, and when."""

    base_url: str
    acknowledged: list[tuple[float, Post]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    stop: Event = field(default_factory=Event)
    _count: int = 0
    _lock: Lock = field(default_factory=Lock)

    def read_and_post(self) -> None:
        """One reader, at an even pace as long as the site keeps up."""
        due_s = time.monotonic()
        with Client(self.base_url) as client:
            while not self.stop.is_set():
                due_s += READERS / POSTS_PER_S
                self.stop.wait(max(0.0, due_s - time.monotonic()))
                post = self._next()
                answer = post.send_until_answered(client, self.stop.is_set)
                with self._lock:
                    if answer is not None and answer.status == 303:
                        self.acknowledged.append((time.time(), post))
                    elif answer is not None:
                        self.problems.append(f"post {post.number} was answered with {answer.status}")

    def before(self, moment_s: float) -> list[Post]:
        """What was acknowledged before a moment, seconds since 1970."""
        return [post for at_s, post in self.acknowledged if at_s < moment_s]

    def _next(self) -> Post:
        with self._lock:
            self._count += 1
            return Post(self._count, SLUG)


def prove() -> bool:
    """The drill on each database."""
    urls: list[str | None] = [None]
    with ExitStack() as stack:
        server = services.address(services.POSTGRESQL_VARIABLE)
        if services.postgresql_answers(server):
            urls.append(stack.enter_context(scratch_database()))
        else:
            print("PostgreSQL is missing: only SQLite")
        outcomes = [_drill(url) for url in urls]
        return all(outcomes)


def _drill(database_url: str | None) -> bool:
    with (
        tempfile.TemporaryDirectory() as folder,
        running_site(Path(folder), database_url=database_url, env=NO_LIMITS) as site,
    ):
        print("SQLite" if is_sqlite(site.database_url) else "PostgreSQL")
        site.add_article(SLUG)
        path = Path(folder) / "backup.tar"
        posting = Posting(site.base_url)
        with _readers(posting):
            time.sleep(BEFORE_S)
            began_s = time.time()
            _timed("create", lambda: site.flask("backup", "create", str(path)))
            time.sleep(AFTER_S)
        before = posting.before(began_s)
        print(f"  {len(posting.acknowledged)} posts acknowledged, {len(before)} before the backup")
        _print_pace(len(before) / BEFORE_S)
        _timed("verify", lambda: site.flask("backup", "verify", str(path)))
        erased = before[:ERASED]
        _erase(site, erased)
        site.stop()
        _destroy(site)
        drill_s = _timed("restore", lambda: site.flask("backup", "restore", str(path)))
        drill_s += _timed("start", site.restart)
        wrong = posting.problems + _wrong(site, posting, before, erased)
    for line in wrong[:10]:
        print(f"  {line}")
    print(f"  drill: {drill_s:.1f} s from nothing to the first answer, {len(wrong)} problems", flush=True)
    return not wrong and len(before) > ERASED


@contextmanager
def _readers(posting: Posting) -> Iterator[None]:
    threads = [Thread(target=posting.read_and_post) for _ in range(READERS)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        posting.stop.set()
        for thread in threads:
            thread.join()


def _print_pace(taken_per_s: float) -> None:
    """What readers offered and what this machine took: a proof at half the pace proves half as much."""
    print(f"  offered {POSTS_PER_S} posts a second, taken {taken_per_s:.0f} a second", end="")
    fell_short = taken_per_s < 0.95 * POSTS_PER_S
    print(": this machine did not keep up; the drill holds for the pace it took" if fell_short else "")


def _timed(what: str, work: Callable[[], object]) -> float:
    started_s = time.monotonic()
    work()
    took_s = time.monotonic() - started_s
    print(f"  {what}: {took_s:.1f} s")
    return took_s


def _erase(site: Site, posts: list[Post]) -> None:
    """Erase some writers after the backup, as their own pages would."""
    app = create_app(load_settings(site.environ))
    with app.app_context():
        for post in posts:
            email = str(post.fields["email"])
            with writing(db.session):
                commenter = db.session.query(Commenter).filter_by(email=email).one()
                erase_address(
                    db.session, app.extensions["forum_signer"], commenter, keep_texts=False, now=utc_now()
                )
            app.extensions["forum_after_erasure"]()
        db.engine.dispose()


def _destroy(site: Site) -> None:
    """All that the database kept."""
    if is_sqlite(site.database_url):
        for file in site.folder.glob("forum.sqlite3*"):
            file.unlink()
        return
    with psycopg.connect(site.database_url, autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")


def _wrong(site: Site, posting: Posting, before: list[Post], erased: list[Post]) -> list[str]:
    """What is not as it was acknowledged, or not as it was erased."""
    database = Database(site.database_url)
    texts = {row[0] for row in database.rows("SELECT source FROM comment_revisions")}
    sent = {post.body for _, post in posting.acknowledged}
    gone = {post.body for post in erased}
    wrong = [f"post {post.number} is not there" for post in before if post.body not in texts | gone]
    wrong += [f"erased post {post.number} is back" for post in erased if post.body in texts]
    wrong += [f"{text[:40]!r} was never acknowledged" for text in texts - sent - {""} if _is_strange(text)]
    halves = database.rows(
        "SELECT c.id FROM comments c WHERE NOT EXISTS (SELECT 1 FROM comment_revisions r WHERE r.comment_id = c.id)"
        " OR NOT EXISTS (SELECT 1 FROM comment_events e WHERE e.comment_id = c.id)"
    )
    wrong += [f"comment {row[0]} is there by half" for row in halves] + database.faults()
    database.close()
    return wrong


def _is_strange(text: str) -> bool:
    """Whether nobody sent it. One whose answer was cut off may be there without having been acknowledged."""
    return not text.startswith("Dit is bijdrage ")
