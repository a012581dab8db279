"""One command starts the whole site, says in one line why it cannot, and leaves nothing running."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from forum.operations import web_process
from tests.operations.processes import PATIENCE_S, ROOT, is_running, wait_until
from tests.proofs.client import Client
from tests.proofs.site import Site


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A site that is not started yet."""
    site = Site(tmp_path, None, {}, ["--workers", "2", "--no-demo"])
    yield site
    site.close()


def start(*options: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Start a site that is expected to end by itself."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("FORUM_")} | env
    command = [sys.executable, "-m", "forum.operations.serve", *options]
    return subprocess.run(
        command, cwd=ROOT, env=environ, text=True, capture_output=True, timeout=PATIENCE_S, check=False
    )


def test_a_start_serves_and_a_stop_leaves_nothing(site: Site) -> None:
    site.start()
    with Client(site.base_url) as client:
        status = client.get("/healthz").status
    processes = site.processes()

    code = site.stop()

    assert status == 200
    assert len(processes) == 4  # the parent, two web processes, the worker
    assert code == 0
    assert not any(is_running(pid) for pid in processes)


def test_killing_the_parent_ends_the_site_and_frees_the_port(site: Site) -> None:
    site.start()
    parent, *others = sorted(site.processes())

    os.kill(parent, 9)

    wait_until(lambda: not any(is_running(pid) for pid in others), "all processes ended")
    web_process.listen("127.0.0.1", site.port).close()


def test_every_kind_of_process_is_started_again(site: Site) -> None:
    site.start()
    _, *others = sorted(site.processes())

    for pid in others:
        os.kill(pid, 9)

    wait_until(
        lambda: len(site.processes()) == 4 and not set(others) & set(site.processes()), "all run again"
    )
    assert site.is_answering()


def test_no_connection_is_open_when_the_processes_part(site: Site) -> None:
    site.start()
    parent = min(site.processes())

    files = [str(link.readlink()) for link in Path(f"/proc/{parent}/fd").iterdir()]

    assert not [file for file in files if "sqlite" in file]


def test_a_second_start_keeps_what_is_there(site: Site) -> None:
    site.start()
    site.add_article("stelling")
    site.stop()

    site.start()

    with Client(site.base_url) as client:
        assert client.get("/articles/stelling").status == 200


def test_the_printed_address_is_served_when_any_port_will_do(site: Site) -> None:
    site.start()

    assert f"Serving on {site.base_url}" in site.log_path.read_text()


def test_a_taken_port_is_told_in_one_line(tmp_path: Path) -> None:
    with web_process.listen("127.0.0.1", 0) as taken:
        taken.listen()
        port = str(taken.getsockname()[1])

        ended = start("--port", port, FORUM_INSTANCE_PATH=str(tmp_path))

    assert ended.returncode == 1
    assert (
        ended.stderr
        == f"127.0.0.1:{port} cannot be served on: Address already in use. Choose another --port.\n"
    )


def test_a_wrong_setting_is_told_in_one_line(tmp_path: Path) -> None:
    ended = start("--port", "0", FORUM_INSTANCE_PATH=str(tmp_path), FORUM_LOCALE="de")

    assert ended.returncode == 2
    assert ended.stderr == "FORUM_LOCALE: got 'de', takes nl or en\n"


def test_a_database_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "forum.sqlite3"
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("CREATE TABLE alembic_version (version_num TEXT)")
        connection.execute("INSERT INTO alembic_version VALUES ('of tomorrow')")

    ended = start("--port", "0", FORUM_INSTANCE_PATH=str(tmp_path), FORUM_DATABASE_URL=f"sqlite:///{file}")

    assert ended.returncode == 1
    assert "newer version" in ended.stderr
    assert ended.stderr.count("\n") == 1


def test_a_database_that_does_not_answer_is_told_in_one_line_without_its_password(tmp_path: Path) -> None:
    url = "postgresql://forum:geheim@127.0.0.1:1/forum"

    ended = start("--port", "0", FORUM_INSTANCE_PATH=str(tmp_path), FORUM_DATABASE_URL=url)

    assert ended.returncode == 1
    assert ended.stderr.startswith("The database cannot be used: ")
    assert ended.stderr.count("\n") == 1
    assert "geheim" not in ended.stderr


@pytest.mark.parametrize(
    "options", [("--port", "x"), ("--port", "65536"), ("--workers", "0"), ("--nonsense",)]
)
def test_a_wrong_option_is_refused(options: tuple[str, ...]) -> None:
    assert start(*options).returncode == 2
