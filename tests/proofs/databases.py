"""PostgreSQL databases of their own for proofs and benchmarks."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from sqlalchemy import make_url

from tests import services


@contextmanager
def scratch_database() -> Iterator[str]:
    """The URL of a new, empty database, dropped afterwards."""
    server = services.address(services.POSTGRESQL_VARIABLE)
    name = f"forum_scratch_{secrets.token_hex(4)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"'.encode())
    try:
        yield make_url(server).set(database=name).render_as_string(hide_password=False)
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())
