"""The servers and the browser that tests drive: where they are, and starting them where nothing answers.

`python -m tests.services COMMAND…` runs a command with their addresses in its environment. A PostgreSQL or
Redis that answers is used; else, where the programs are installed, one is started on a free port of the
loopback with its data in a temporary folder, and ended afterwards.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg
import redis

POSTGRESQL_VARIABLE = "FORUM_TEST_POSTGRESQL_URL"
REDIS_VARIABLE = "FORUM_TEST_REDIS_URL"
CHROMIUM_VARIABLE = "FORUM_TEST_CHROMIUM"
DEFAULTS = {
    POSTGRESQL_VARIABLE: "postgresql://postgres@127.0.0.1:5432/test",
    REDIS_VARIABLE: "redis://127.0.0.1:6379/15",
    CHROMIUM_VARIABLE: "/usr/bin/chromium",
}
STARTED_WITHIN_S = 60.0


def address(variable: str) -> str:
    """Where a service is: what the environment says, else the default."""
    return os.environ.get(variable) or DEFAULTS[variable]


def postgresql_answers(url: str) -> bool:
    """Whether the database can be connected to."""
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.Error:
        return False
    return True


def redis_answers(url: str) -> bool:
    """Whether a Redis server answers there."""
    try:
        with redis.Redis.from_url(url, socket_connect_timeout=2, socket_timeout=2) as client:
            client.ping()
    except redis.RedisError:
        return False
    return True


def chromium_exists(path: str) -> bool:
    """Whether the browser is installed."""
    return os.access(path, os.X_OK)


ANSWERS: dict[str, Callable[[str], bool]] = {
    POSTGRESQL_VARIABLE: postgresql_answers,
    REDIS_VARIABLE: redis_answers,
    CHROMIUM_VARIABLE: chromium_exists,
}


def missing() -> list[str]:
    """The variables of the services that tests have to do without."""
    return [variable for variable, answers in ANSWERS.items() if not answers(address(variable))]


class ReservedPort:
    """A free port of the loopback that nobody else is given until `close`; use it as a context.

    What reserves it does not listen, so that connections are refused; a server may listen there beside it, because
    both set SO_REUSEADDR (as servers do).
    """

    def __init__(self) -> None:
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind(("127.0.0.1", 0))
        self.number = int(self._socket.getsockname()[1])

    def __enter__(self) -> int:
        return self.number

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give it back."""
        self._socket.close()


@contextmanager
def temporary_postgresql(folder: Path) -> Iterator[str]:
    """A PostgreSQL server of our own with an empty database `test`. It refuses to run as root."""
    data = folder / "data"
    data.mkdir(parents=True)
    if os.getuid() == 0:
        shutil.chown(folder, "postgres")
        shutil.chown(data, "postgres")
    _run_as_postgres("initdb", "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync")
    with ReservedPort() as port:
        options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off -c max_connections=300"
        _run_as_postgres("pg_ctl", "-D", str(data), "-w", "-o", options, "-l", str(data / "log"), "start")
        server = f"postgresql://postgres@127.0.0.1:{port}"
        try:
            with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
                connection.execute("CREATE DATABASE test")
            yield f"{server}/test"
        finally:
            _run_as_postgres("pg_ctl", "-D", str(data), "-w", "-m", "immediate", "stop")


@contextmanager
def temporary_redis(folder: Path) -> Iterator[str]:
    """A Redis server of our own that stores nothing on disk."""
    folder.mkdir(parents=True)
    with ReservedPort() as port:
        command = [
            "redis-server",
            "--port",
            str(port),
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--dir",
            str(folder),
        ]
        server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        url = f"redis://127.0.0.1:{port}/15"
        try:
            _wait_until(lambda: redis_answers(url), "Redis")
            yield url
        finally:
            server.terminate()
            server.wait()


def _postgresql_program(name: str) -> str | None:
    """The program's path: where Debian keeps it (the newest version), or on the search path."""
    versions = Path("/usr/lib/postgresql").glob(f"*/bin/{name}")
    newest = sorted(versions, key=lambda path: int(path.parts[4]))
    return str(newest[-1]) if newest else shutil.which(name)


def _run_as_postgres(name: str, *arguments: str) -> None:
    program = _postgresql_program(name)
    assert program, f"{name} is not installed"
    user = "postgres" if os.getuid() == 0 else None
    subprocess.run(
        [program, *arguments],
        check=True,
        user=user,
        extra_groups=[] if user else None,
        cwd="/",
        stdout=subprocess.DEVNULL,
    )


def _wait_until(ready: Callable[[], bool], what: str) -> None:
    deadline_s = time.monotonic() + STARTED_WITHIN_S
    while not ready():
        if time.monotonic() > deadline_s:
            raise TimeoutError(f"{what} did not answer within {STARTED_WITHIN_S:g} s")
        time.sleep(0.05)


@contextmanager
def services() -> Iterator[dict[str, str]]:
    """The addresses of all services, with servers started for those that do not answer but could."""
    addresses = {variable: address(variable) for variable in DEFAULTS}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="forum-test-")))
        folder.chmod(0o755)
        if POSTGRESQL_VARIABLE in missing() and _postgresql_program("initdb"):
            addresses[POSTGRESQL_VARIABLE] = stack.enter_context(temporary_postgresql(folder / "postgresql"))
        if REDIS_VARIABLE in missing() and shutil.which("redis-server"):
            addresses[REDIS_VARIABLE] = stack.enter_context(temporary_redis(folder / "redis"))
        yield addresses


def main(command: Sequence[str]) -> int:
    """Run `command` beside the services.

    :return: its exit code.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started here ends as well
    with services() as addresses:
        return subprocess.run(command, env=os.environ | addresses, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
