"""What stands for a network in a limit: one signer a period for all processes, and none that outlives its key."""

from __future__ import annotations

import gc
import logging
import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, create_engine, delete, event, text
from sqlalchemy.exc import DBAPIError

from forum.base.engine import engine_options, prepare_engine
from forum.base.session import db, writing
from forum.base.signing import Signer
from forum.web import network_keys
from forum.web.network_keys import NetworkKey, network_hash
from forum.web.network_signers import PAUSE_S, NetworkSigners
from tests.factories import Site

MONDAY = datetime(2026, 11, 16, tzinfo=UTC)
WEEK_S = 7 * 86_400
HOME = "203.0.113.7/32"
SECRET = "s" * 32
ONLY_POSTGRESQL = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
_SPAWN = multiprocessing.get_context("spawn")


class Node:
    """The signers of one process, with a clock and a count of the statements that they cost."""

    def __init__(self, engine: Engine, *, secret: str = SECRET) -> None:
        self.now = MONDAY.timestamp()
        self.engine = engine
        self.statements = 0
        self.signers = NetworkSigners(engine, Signer(secret), clock=lambda: self.now)
        event.listen(engine, "before_cursor_execute", self._count)

    def _count(self, *_arguments: object) -> None:
        self.statements += 1

    def mark(self, network: str = HOME) -> str:
        """What stands for a network now."""
        return self.signers.present().keyed_hash("test", network)

    def living_marks(self) -> list[str]:
        """What may stand for a network since its oldest key that is kept."""
        return [signer.keyed_hash("test", HOME) for signer in self.signers.living()]


@pytest.fixture
def nodes(database_url: str) -> Iterator[Any]:
    """Makes processes on one database, each with an engine of its own."""
    made: list[Engine] = []

    def make(**options: Any) -> Node:
        made.append(prepare_engine(create_engine(**engine_options(database_url))))
        return Node(made[-1], **options)

    yield make
    for engine in made:
        engine.dispose()


@contextmanager
def away(node: Node) -> Iterator[None]:
    """Its database does not answer."""

    def fail(*_arguments: object) -> None:
        raise DBAPIError.instance(
            "", None, node.engine.dialect.loaded_dbapi.OperationalError("away"), Exception
        )

    event.listen(node.engine, "before_cursor_execute", fail)
    yield
    event.remove(node.engine, "before_cursor_execute", fail)


def forget_keys(node: Node) -> None:
    """As retention does it."""
    with node.engine.begin() as connection:
        connection.execute(delete(NetworkKey))


def test_one_network_looks_the_same_to_all_processes_for_a_week(nodes: Any) -> None:
    one, other = nodes(), nodes()
    first = one.mark()
    other.now += WEEK_S - 1

    assert other.mark() == first
    assert other.mark("203.0.113.8/32") != first


def test_the_next_week_one_network_looks_like_another(nodes: Any) -> None:
    node = nodes()
    before = node.mark()

    node.now += WEEK_S

    assert node.mark() != before


def test_without_its_key_nobody_can_make_a_hash_again(nodes: Any) -> None:
    before = nodes().mark()
    node = nodes()
    forget_keys(node)

    again = {node.mark(), *node.living_marks()}

    assert before not in again


def test_the_key_of_a_past_week_is_not_kept_in_memory(nodes: Any) -> None:
    node = nodes()
    node.mark()
    past = node.signers.present()._secret

    node.now += WEEK_S
    node.living_marks()

    assert not [thing for thing in gc.get_objects() if isinstance(thing, Signer) and thing._secret == past]


def test_the_database_alone_is_not_enough_to_try_addresses(nodes: Any) -> None:
    one, other = nodes(), nodes(secret="another secret key of an installation")

    assert one.mark() != other.mark()


def test_marks_of_limits_and_of_submissions_cannot_be_compared(app: Flask) -> None:
    with app.app_context():
        signers = NetworkSigners(db.engine, Signer(SECRET), clock=MONDAY.timestamp)
        mark = signers.present().keyed_hash("limits.network", HOME)

        assert mark != network_hash(db.session, HOME, now=MONDAY)


def test_once_read_a_key_costs_no_statement(nodes: Any) -> None:
    node = nodes()
    node.mark()
    before = node.statements

    for _ in range(100):
        node.mark()

    assert node.statements == before


def test_earlier_signers_are_those_of_the_keys_that_are_kept_newest_first(nodes: Any) -> None:
    node = nodes()
    marks = [node.mark()]
    for _ in range(2):
        node.now += WEEK_S
        marks.insert(0, node.mark())

    assert node.living_marks() == marks


def test_a_key_that_was_made_in_advance_is_no_earlier_one(nodes: Any) -> None:
    ahead = nodes()
    ahead.now += WEEK_S
    later = ahead.mark()

    assert later not in nodes().living_marks()


def test_the_first_of_a_week_at_once_agree_on_a_key(nodes: Any) -> None:
    processes = [nodes() for _ in range(3)]

    with ThreadPoolExecutor(12) as threads:
        marks = set(threads.map(lambda number: processes[number % 3].mark(), range(24)))

    assert len(marks) == 1


def _mark_in_process(database_url: str, barrier: Any, marks: Any) -> None:
    node = Node(prepare_engine(create_engine(**engine_options(database_url))))
    barrier.wait(30)
    marks.put(node.mark())
    node.engine.dispose()


def test_processes_that_begin_at_once_agree_on_a_key(database_url: str) -> None:
    barrier, marks = _SPAWN.Barrier(4), _SPAWN.Queue()
    processes = [
        _SPAWN.Process(target=_mark_in_process, args=(database_url, barrier, marks)) for _ in range(4)
    ]
    for process in processes:
        process.start()
    found = {marks.get(timeout=60) for _ in processes}
    for process in processes:
        process.join(30)

    assert len(found) == 1


def test_it_is_read_while_the_caller_writes(app: Flask, nodes: Any) -> None:
    mark = nodes().mark()

    with app.app_context(), writing(db.session):
        inside = nodes().mark()

    assert inside == mark


def test_who_holds_the_lock_of_the_database_is_not_made_to_wait_for_itself(
    app: Flask, nodes: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(network_keys, "WITHIN_MS", 20)
    node = nodes()
    with app.app_context(), writing(db.session):
        shared = network_hash(db.session, HOME, now=MONDAY)  # makes the key, and does not commit yet
        before = node.mark()

    node.now += PAUSE_S
    after = node.mark()

    assert shared
    assert before != after
    assert after == nodes().mark()


@ONLY_POSTGRESQL
def test_it_is_read_when_the_callers_transaction_has_failed(app: Flask, nodes: Any) -> None:
    mark = nodes().mark()
    with app.app_context():
        with pytest.raises(DBAPIError):
            db.session.execute(text("SELECT nothing FROM nowhere"))

        inside = NetworkSigners(db.engine, Signer(SECRET), clock=MONDAY.timestamp).present()

    assert inside.keyed_hash("test", HOME) == mark


def test_what_the_caller_undoes_leaves_the_key(app: Flask, nodes: Any) -> None:
    node = nodes()
    with app.app_context(), pytest.raises(RuntimeError), writing(db.session):
        raise RuntimeError
    mark = node.mark()

    assert nodes().mark() == mark


def test_while_the_database_is_away_each_process_has_a_key_of_its_own(nodes: Any) -> None:
    one, other = nodes(), nodes()

    with away(one), away(other):
        marks = [one.mark(), one.mark(), other.mark()]

    assert marks[0] == marks[1] != marks[2]


def test_a_database_that_is_away_is_asked_once_a_pause(nodes: Any) -> None:
    node = nodes()
    with away(node):
        node.mark()
        asked = node.statements
        for _ in range(10):
            node.mark()
        still = node.statements
        node.now += PAUSE_S
        kept = {node.mark(), node.mark()}

    assert still == asked
    assert node.statements > asked
    assert len(kept) == 1


def test_when_the_database_is_back_all_processes_agree_again(nodes: Any) -> None:
    node = nodes()
    with away(node):
        alone = node.mark()

    node.now += PAUSE_S
    together = node.mark()

    assert together != alone
    assert together == nodes().mark()


def test_that_a_process_counts_alone_is_logged_once_without_the_errors_text(
    nodes: Any, caplog: pytest.LogCaptureFixture
) -> None:
    node = nodes()
    with away(node), caplog.at_level(logging.WARNING):
        _listen(caplog)
        for _ in range(3):
            node.mark()
            node.now += PAUSE_S

    lines = [record for record in caplog.records if "network" in record.getMessage()]
    assert len(lines) == 1
    assert "away" not in caplog.text


def _listen(caplog: pytest.LogCaptureFixture) -> None:
    if not logging.getLogger("forum").propagate:
        logging.getLogger("forum.web.network_signers").addHandler(caplog.handler)


def test_a_database_without_the_table_fails_no_post(tmp_path: Any) -> None:
    node = Node(prepare_engine(create_engine(**engine_options(f"sqlite:///{tmp_path / 'empty.sqlite3'}"))))

    assert node.mark() == node.mark()
    assert len(node.living_marks()) == 1
    node.engine.dispose()


@pytest.mark.parametrize(
    "path",
    ["/", "/articles/{slug}", "/articles/{slug}/comments/new", "/login", "/writer", "/readyz", "/privacy"],
)
def test_no_page_that_is_only_read_makes_a_key(both_sites: Site, path: str) -> None:
    both_sites.reader().get(path.format(slug=both_sites.slug))

    assert _keys(both_sites) == 0


def test_a_post_makes_the_key_even_when_it_is_refused(both_sites: Site) -> None:
    answer = both_sites.post(name="", email="", body="")

    assert answer.status_code == 422
    assert _keys(both_sites) == 1


def _keys(site: Site) -> int:
    with site.app.app_context():
        return int(db.session.scalar(text("SELECT count(*) FROM network_keys")) or 0)


def test_a_period_ends_when_the_next_begins() -> None:
    ends = [network_keys.end_of_period(MONDAY + timedelta(days=days)) for days in (-1, 0, 6)]

    assert ends == [MONDAY, MONDAY + timedelta(days=7), MONDAY + timedelta(days=7)]
