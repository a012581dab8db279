"""PostgreSQL databases of their own for proofs and benchmarks."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from sqlalchemy import make_url

from tests import services


@contextmanager
def scratch_database(template_url: str | None = None) -> Iterator[str]:
    """The URL of a new database, dropped afterwards: empty, or a copy of one that nobody is connected to."""
    server = services.address(services.POSTGRESQL_VARIABLE)
    name = f"forum_scratch_{secrets.token_hex(4)}"
    with psycopg.connect(server, autocommit=True) as connection:
        template = f' TEMPLATE "{make_url(template_url).database}"' if template_url else ""
        connection.execute(f'CREATE DATABASE "{name}"{template}'.encode())
    try:
        yield make_url(server).set(database=name).render_as_string(hide_password=False)
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())
