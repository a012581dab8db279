"""What granian does for us: nothing that was accepted is lost when the site stops or a process dies."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from threading import Thread

import pytest

from forum.operations import web_process
from tests.operations.processes import PATIENCE_S, program, wait_until
from tests.services import ReservedPort

SITE = """
import os, pathlib, sys, time
from forum.operations import web_process
from forum.operations.supervise import Role, Supervisor

folder, port, workers = pathlib.Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])

def app(environ, start_response):
    name = environ["PATH_INFO"].strip("/")
    (folder / f"{name}.pid").write_text(str(os.getpid()))
    body = environ["wsgi.input"].read()
    if name == "fault":
        raise ValueError("the words of a visitor")
    while name.startswith("slow") and not (folder / "go").exists():
        time.sleep(0.01)
    answer = f"{name} {len(body)}".encode()
    start_response("200 OK", [("Content-Length", str(len(answer)))])
    return [answer]

listener = web_process.listen("127.0.0.1", port)
listener.listen(web_process.BACKLOG)
roles = [Role(f"web-{n}", lambda: web_process.serve_wsgi(listener, lambda: app)) for n in range(workers)]
print("listening", flush=True)
sys.exit(Supervisor(roles, at_end=listener.close).run())
"""


class Site:
    """A running stub site: its parent process, port, and the folder it leaves notes in."""

    def __init__(self, process: subprocess.Popen[str], port: int, folder: Path) -> None:
        self.process, self.port, self.folder = process, port, folder
        self.sent: set[str] = set()
        self.answers: dict[str, bytes] = {}

    def fetch(self, name: str) -> bytes:
        """The answer's body."""
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)) as connection:
            connection.request("GET", f"/{name}")
            self.sent.add(name)
            return connection.getresponse().read()

    def fetch_aside(self, name: str) -> Thread:
        """Fetch in a thread; the answer lands in `answers`, or nothing does."""

        def fetch() -> None:
            with suppress(OSError, http.client.HTTPException):
                self.answers[name] = self.fetch(name)

        thread = Thread(target=fetch)
        thread.start()
        return thread

    def is_in(self, name: str) -> bool:
        """Whether a request has reached the application."""
        return (self.folder / f"{name}.pid").exists()

    def has_read(self, names: Collection[str]) -> bool:
        """Whether these requests were sent, and no connection waits to be accepted and no byte to be read."""
        rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
        waits = {row[4].split(":")[1] for row in rows if row[1].endswith(f":{self.port:04X}")}
        return self.sent >= set(names) and waits == {"00000000"}

    def refuses(self) -> bool:
        """Whether new connections are refused."""
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_S).close()
        except ConnectionRefusedError:
            return True
        return False


@contextmanager
def running(folder: Path, workers: int) -> Iterator[Site]:
    """A stub site that answers."""
    with ReservedPort() as port, program(SITE, folder, port, workers) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "listening\n"
        site = Site(process, port, folder)
        site.fetch("first")
        yield site


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A stub site of two processes."""
    with running(tmp_path, 2) as started:
        yield started


def test_requests_in_flight_are_answered_after_a_sigterm(site: Site) -> None:
    threads = [site.fetch_aside(f"slow-{number}") for number in range(8)]
    wait_until(lambda: all(site.is_in(f"slow-{number}") for number in range(8)), "all requests are in")

    site.process.send_signal(signal.SIGTERM)
    wait_until(site.refuses, "new connections are refused")
    (site.folder / "go").touch()
    for thread in threads:
        thread.join()

    assert site.process.wait(timeout=PATIENCE_S) == 0
    assert site.answers == {f"slow-{number}": f"slow-{number} 0".encode() for number in range(8)}


def test_a_request_that_waits_for_a_thread_is_answered_after_a_sigterm(tmp_path: Path) -> None:
    with running(tmp_path, 1) as site:
        names = [f"slow-{number}" for number in range(web_process.THREADS + 4)]
        threads = [site.fetch_aside(name) for name in names]
        wait_until(lambda: sum(map(site.is_in, names)) == web_process.THREADS, "every thread is taken")
        wait_until(lambda: site.has_read(names), "the others are accepted")

        site.process.send_signal(signal.SIGTERM)
        wait_until(site.refuses, "new connections are refused")
        (site.folder / "go").touch()
        for thread in threads:
            thread.join()

        assert sorted(site.answers) == sorted(names)


def test_a_body_that_is_still_arriving_at_a_sigterm_is_read_and_answered(site: Site) -> None:
    with socket.create_connection(("127.0.0.1", site.port), timeout=PATIENCE_S) as client:
        client.sendall(b"POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\nabc")
        wait_until(lambda: site.is_in("upload"), "its beginning has reached the application")

        site.process.send_signal(signal.SIGTERM)
        wait_until(site.refuses, "new connections are refused")
        client.sendall(b"def")

        answer = client.makefile("rb").read()
        assert answer.startswith(b"HTTP/1.1 200")
        assert answer.endswith(b"upload 6")


def test_an_idle_kept_connection_does_not_hold_up_the_end(site: Site) -> None:
    with closing(http.client.HTTPConnection("127.0.0.1", site.port)) as connection:
        connection.request("GET", "/kept")
        connection.getresponse().read()

        site.process.send_signal(signal.SIGTERM)

        assert (
            site.process.wait(timeout=PATIENCE_S) == 0
        )  # killed after its grace of 10 s it would end with 1


def test_connections_wait_while_the_only_process_is_started_again(tmp_path: Path) -> None:
    with running(tmp_path, 1) as site:
        os.kill(int((tmp_path / "first.pid").read_text()), signal.SIGKILL)

        assert site.fetch("second") == b"second 0"
        assert (tmp_path / "first.pid").read_text() != (tmp_path / "second.pid").read_text()


def test_idle_connections_do_not_keep_others_out(tmp_path: Path) -> None:
    with running(tmp_path, 1) as site:
        idle = [socket.create_connection(("127.0.0.1", site.port)) for _ in range(200)]

        assert site.fetch("second") == b"second 0"

        for connection in idle:
            connection.close()


def test_an_answer_in_pieces_does_not_wait_for_the_clients_acknowledgement() -> None:
    with web_process.listen("127.0.0.1", 0) as listener:
        listener.listen()
        listener.setblocking(True)
        with socket.create_connection(listener.getsockname()), listener.accept()[0] as accepted:
            sends_at_once = [
                bool(one.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)) for one in (listener, accepted)
            ]

    assert sends_at_once == [True, True]


def test_a_taken_port_is_an_error_at_once() -> None:
    with web_process.listen("127.0.0.1", 0) as taken:
        taken.listen()

        with pytest.raises(OSError, match="in use"):
            web_process.listen("127.0.0.1", taken.getsockname()[1])


def test_a_fault_is_logged_by_its_place_without_its_text(tmp_path: Path) -> None:
    with running(tmp_path, 1) as site:
        site.fetch("fault")
        site.process.send_signal(signal.SIGTERM)
        _, errors = site.process.communicate(timeout=PATIENCE_S)

        line = json.loads(errors)
        assert line["event"] == "Application callable raised an exception"
        assert line["where"][-1].endswith(" app")
        assert "words of a visitor" not in errors
