"""Storages of limits in places of their own, for tests: a file, a PostgreSQL schema, a Redis prefix."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from redis import Redis
from sqlalchemy import Engine, MetaData, NullPool, create_engine, delete, make_url, text

from forum.base.engine import engine_options, prepare_engine
from forum.base.signing import Signer
from forum.web.limit_storage import PostgresqlLimits, SqliteLimits, WindowStorage
from forum.web.limit_storage.postgresql import limit_entries_table
from forum.web.limit_storage.redis import RedisLimits
from forum.web.network_keys import NetworkKey
from forum.web.network_signers import NetworkSigners
from tests.services import POSTGRESQL_VARIABLE, REDIS_VARIABLE, address, postgresql_answers, redis_answers

REDIS_URL = address(REDIS_VARIABLE)
POSTGRESQL_URL = make_url(address(POSTGRESQL_VARIABLE)).set(drivername="postgresql+psycopg")
START = 1_800_000_000.0
"""Friday, 15 January 2027, 8:00 UTC."""
END_OF_WEEK_S = START + 64 * 3_600
"""Monday, 18 January 2027, 0:00 UTC: the next key."""
SECRET = "s" * 32
NAMES = [
    "sqlite",
    pytest.param("postgresql", marks=pytest.mark.postgresql),
    pytest.param("redis", marks=pytest.mark.redis),
]


class Clock:
    """A clock that stands still until it is told otherwise."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> float:
        return self.now


def keys_engine(folder: Path) -> Engine:
    """An engine of a database in `folder` that holds the keys of networks only."""
    url = f"sqlite:///{folder / 'keys.sqlite3'}"
    options = {"url": url, "module": engine_options(url)["module"], "poolclass": NullPool}
    engine = prepare_engine(create_engine(**options))
    NetworkKey.metadata.create_all(engine, [NetworkKey.__table__])  # type: ignore[list-item] # it is a table
    return engine


def signers_in(folder: Path, clock: Callable[[], float]) -> NetworkSigners:
    """What stands for networks in the limits of one process; all with one `folder` agree."""
    return NetworkSigners(keys_engine(folder), Signer(SECRET), clock=clock)


def delete_keys(folder: Path) -> None:
    """As retention does it."""
    with keys_engine(folder).begin() as connection:
        connection.execute(delete(NetworkKey))


def _engine(schema: str) -> Engine:
    return create_engine(
        POSTGRESQL_URL, connect_args={"options": f"-c search_path={schema}", "connect_timeout": 2}
    )


def open_storage(name: str, place: str, clock: Callable[[], float]) -> WindowStorage:
    """A storage at a place of its own: a path, a schema or a key prefix."""
    if name == "sqlite":
        return SqliteLimits(SqliteLimits.uri_for(Path(place)), clock=clock)
    if name == "postgresql":
        return PostgresqlLimits("forum+postgresql://", engine=_engine(place), clock=clock)
    return RedisLimits(f"forum+{REDIS_URL}", key_prefix=place, clock=clock)


def close_storage(storage: WindowStorage) -> None:
    """Let go of files and connections."""
    if isinstance(storage, SqliteLimits):
        storage.close()
    elif isinstance(storage, RedisLimits):
        storage.storage.close()
    elif isinstance(storage, PostgresqlLimits):
        storage._engine.dispose()


def _postgresql_schema() -> Iterator[str]:
    if not postgresql_answers(address(POSTGRESQL_VARIABLE)):
        pytest.skip("needs a PostgreSQL server")
    schema = f"limits_{secrets.token_hex(6)}"
    engine = _engine(schema)
    with engine.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA {schema}"))
        metadata = MetaData()
        limit_entries_table(metadata)
        metadata.create_all(connection)
    yield schema
    with engine.begin() as connection:
        connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
    engine.dispose()


def _redis_prefix() -> Iterator[str]:
    if not redis_answers(REDIS_URL):
        pytest.skip("needs a Redis server")
    prefix = f"limits-{secrets.token_hex(6)}"
    with Redis.from_url(REDIS_URL) as client:
        yield prefix
        for key in client.scan_iter(f"{prefix}:*"):
            client.delete(key)


@contextmanager
def temporary_place(name: str, folder: Path) -> Iterator[str]:
    """An empty place for a storage of this name; emptied afterwards. Skips the test when its server is absent."""
    if name == "postgresql":
        yield from _postgresql_schema()
    elif name == "redis":
        yield from _redis_prefix()
    else:
        yield str(folder / "limits.sqlite3")
