"""Starts the whole site: `python -m forum.operations.serve`, what `script/server` ends in.

One command, one process group: this process prepares the database, then only keeps the web processes and the
background worker running (see `forum.operations.supervise`).
"""

from __future__ import annotations

import argparse
import fcntl
import gc
import os
import socket
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import Engine, create_engine
from sqlalchemy.exc import OperationalError

from forum.base.engine import engine_line, engine_options, prepare_engine
from forum.config import Settings, SettingsError, load_settings, read_environ, unknown_variables, variable
from forum.operations import web_process, worker
from forum.operations.schema_state import SchemaState, is_unused, schema_state
from forum.operations.supervise import Role, Supervisor

EXIT_REFUSED = 1
EXIT_SETTINGS = 2
WORKERS_DEFAULT = min(2, os.cpu_count() or 1)


class StartError(Exception):
    """The site cannot be started. The text is one line for the operator."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until a SIGTERM or SIGINT.

    :return: the exit code: 0 after a signal, 1 when a start is not possible, 2 for a wrong setting or option.
    """
    options = _parser().parse_args(arguments)
    os.umask(0o077)  # the database holds the readers' addresses
    gc.disable()  # collecting while a thousand modules are imported takes a fifth of the start
    try:
        listener = web_process.listen(options.host, options.port)
    except OSError as error:
        return _refuse(
            f"{options.host}:{options.port} cannot be served on: {error.strerror}. Choose another --port."
        )
    port = listener.getsockname()[1]
    try:
        settings = load_settings(port=port)
    except SettingsError as error:
        return _refuse(str(error), EXIT_SETTINGS)
    os.environ[variable("base_url")] = settings.base_url  # the child processes know no port
    try:
        lines = _prepare(settings, demo=not options.no_demo)
    except (StartError, OperationalError) as error:
        return _refuse(_one_line(error))
    for name in unknown_variables(read_environ()):
        _warn(f"{name} is set, but there is no such setting")
    roles = _roles(listener, options.workers)
    listener.listen(web_process.BACKLOG)
    _tell(*lines, f"Serving on {_address(listener)} (Ctrl-C to stop)")
    return Supervisor(roles, at_end=listener.close).run()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="script/server", description="Set up the forum and serve it.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument(
        "--port", type=_port, default=8000, help="port (default: %(default)s; 0: any free one)"
    )
    parser.add_argument(
        "--workers", type=_workers, default=WORKERS_DEFAULT, help="web processes (default: %(default)s)"
    )
    parser.add_argument("--no-demo", action="store_true", help="start with an empty site: no demo articles")
    return parser


def _port(raw: str) -> int:
    if not 0 <= int(raw) <= 65_535:
        raise argparse.ArgumentTypeError(f"got {raw}, takes 0 to 65535")
    return int(raw)


def _workers(raw: str) -> int:
    if not 1 <= int(raw) <= 64:
        raise argparse.ArgumentTypeError(f"got {raw}, takes 1 to 64")
    return int(raw)


def _prepare(settings: Settings, *, demo: bool) -> list[str]:
    """Bring the database up to date, and fill it on a first start.

    :return: lines for the operator.
    :raises StartError: a newer version of the software has already upgraded the database.
    """
    engine = prepare_engine(create_engine(**engine_options(settings.database_url)))
    try:
        with _alone(settings):
            is_first = _upgrade(engine, settings)
            lines = _fill(settings, demo=demo) if is_first else []
        line, warning = engine_line(engine)
    finally:
        engine.dispose()  # no connection may cross a fork
    if warning:
        _warn(warning)
    return [line, *lines]


def _fill(settings: Settings, *, demo: bool) -> list[str]:
    from forum.operations.first_start import prepare  # seldom needed, and a start has to be quick

    if demo:
        _tell("Loading the demo, once …")
    return prepare(settings, demo=demo)


def _upgrade(engine: Engine, settings: Settings) -> bool:
    """Migrate to head when that is needed.

    :return: whether this is the first start with this database.
    """
    with engine.connect() as connection:
        state = schema_state(connection)
    if state is SchemaState.UNKNOWN:
        raise StartError("The database was upgraded by a newer version of this software: use that version.")
    if state is not SchemaState.CURRENT:
        from forum.operations.migrate import upgrade

        upgrade(settings)
    with engine.connect() as connection:
        return is_unused(connection)


@contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    """Let no other start from the same instance folder prepare its database meanwhile."""
    with (settings.instance_path / "start.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _roles(listener: socket.socket, workers: int) -> list[Role]:
    """The processes to keep running.

    The application is made here, once, before any fork: its processes then start at once and share its
    memory. Making it opens no connection and starts no thread, which a fork would break.
    """
    from app import app

    def work() -> None:
        listener.close()
        worker.run_until_signal(app)

    gc.freeze()
    gc.enable()
    web = [
        Role(f"web-{number}", lambda: web_process.serve_wsgi(listener, lambda: app))
        for number in range(1, workers + 1)
    ]
    return [*web, Role("worker", work, grace_s=worker.GRACE_S)]


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _tell(*lines: str) -> None:
    """Print on the terminal; never through a logger, the lines may hold a first password."""
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()


def _warn(line: str) -> None:
    sys.stderr.write(f"Warning: {line}\n")


def _one_line(error: Exception) -> str:
    cause = error.orig if isinstance(error, OperationalError) else error
    return "The database cannot be used: " * (cause is not error) + " ".join(str(cause).split())


def _refuse(line: str, code: int = EXIT_REFUSED) -> int:
    sys.stderr.write(f"{line}\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
