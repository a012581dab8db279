"""A whole site of its own for proofs and benchmarks: started, killed, started again, and cleaned up."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.proofs.client import Client
from tests.services import ReservedPort

ROOT = Path(__file__).resolve().parents[2]
READY_WITHIN_S = 60.0
STOPPED_WITHIN_S = 60.0
NO_LIMITS = {
    "FORUM_COMMENT_LIMITS": "100000 per second",
    "FORUM_NETWORK_LIMITS": "100000 per second",
    "FORUM_FLOOD_LIMIT": "100000 per second",
}
"""For runs that post more than any reader does; a short window, so that counting costs no more than ever."""

ARTICLE = """---
title: {slug}
slug: {slug}
lede: Een stelling om het over oneens te zijn.
kind: opinion
lang: nl
published_at: 2026-11-02T09:00:00+01:00
comment_policy: premoderated
---

Hier staat de stelling, en daaronder is plaats voor wederwoord.
"""


class Site:
    """A forum in a folder of its own.

    :ivar base_url: where it answers.
    :ivar database_url: what it stores in.
    """

    def __init__(
        self, folder: Path, database_url: str | None, env: Mapping[str, str], options: list[str]
    ) -> None:
        self.folder = folder
        self._reserved = ReservedPort()
        self.port = self._reserved.number
        self.base_url = f"http://127.0.0.1:{self.port}"
        self.database_url = database_url or f"sqlite:///{folder / 'forum.sqlite3'}"
        self.environ = {k: v for k, v in os.environ.items() if not k.startswith("FORUM_")} | {
            "FORUM_DATABASE_URL": self.database_url,
            "FORUM_INSTANCE_PATH": str(folder),
            "FORUM_REDIS_URL": "",
            "FORUM_BASE_URL": self.base_url,
            **env,
        }
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def log_path(self) -> Path:
        """Everything that the processes printed."""
        return self.folder / "site.log"

    def start(self) -> float:
        """Start, and wait for the first answer.

        :return: seconds that it took.
        :raises RuntimeError: the start failed.
        """
        started_s = time.monotonic()
        command = [sys.executable, "-m", "forum.operations.serve", "--port", str(self.port), *self._options]
        with self.log_path.open("ab") as log:
            self._process = subprocess.Popen(
                command, cwd=ROOT, env=self.environ, stdout=log, stderr=subprocess.STDOUT, process_group=0
            )
        while not self.is_answering():
            if self._process.poll() is not None or time.monotonic() - started_s > READY_WITHIN_S:
                raise RuntimeError(f"the site did not start:\n{self.log_path.read_text()[-3000:]}")
            time.sleep(0.01)
        return time.monotonic() - started_s

    def is_answering(self) -> bool:
        """Whether the site's health page answers with 200."""
        with suppress(OSError), Client(self.base_url) as client:
            return client.get("/healthz").status == 200
        return False

    def processes(self) -> list[int]:
        """The ids of all living processes of the site."""
        group = str(self._process.pid) if self._process else ""
        found = []
        for stat in Path("/proc").glob("[0-9]*/stat"):
            with suppress(OSError):
                state, _, its_group = stat.read_text().rpartition(")")[2].split()[:3]
                if its_group == group and state != "Z":
                    found.append(int(stat.parent.name))
        return found

    def kill_all(self) -> None:
        """Kill every process at once, with no chance to tidy up, and wait until they are gone."""
        assert self._process
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        while self.processes():
            time.sleep(0.005)

    def close(self) -> None:
        """Leave nothing behind but the files."""
        if self._process is not None:
            self.kill_all()
        self._reserved.close()

    def stop(self) -> int:
        """Stop as an operator does.

        :return: the exit code.
        """
        assert self._process
        self._process.terminate()
        return self._process.wait(timeout=STOPPED_WITHIN_S)

    def restart(self) -> float:
        """Start again with the same database and port, after `stop` or `kill_all`.

        :return: seconds to the first answer.
        """
        return self.start()

    def flask(self, *arguments: str, env: Mapping[str, str] | None = None) -> str:
        """Run a command of the forum's command line and return what it printed."""
        command = [sys.executable, "-m", "flask", "--app", "app", *arguments]
        result = subprocess.run(
            command, cwd=ROOT, env=self.environ | dict(env or {}), text=True, capture_output=True, check=False
        )
        if result.returncode:
            raise RuntimeError(f"flask {' '.join(arguments)} failed:\n{result.stdout}{result.stderr}")
        return result.stdout

    def add_article(self, slug: str) -> None:
        """Publish an article that is open for comments."""
        file = self.folder / f"{slug}.md"
        file.write_text(ARTICLE.format(slug=slug), encoding="utf-8")
        self.flask("article", "import", str(file))

    def add_moderator(self, email: str, name: str, password: str) -> None:
        """Make an account that may decide."""
        self.flask(
            "account",
            "create",
            email,
            "--name",
            name,
            "--role",
            "moderator",
            env={"FORUM_ACCOUNT_PASSWORD": password},
        )


@contextmanager
def running_site(
    folder: Path,
    *,
    database_url: str | None = None,
    env: Mapping[str, str] | None = None,
    workers: int = 2,
    demo: bool = False,
    prepare: Callable[[Site], object] = lambda _site: None,
) -> Iterator[Site]:
    """A site that answers, gone afterwards. Its files stay in `folder`.

    :param prepare: what is done with its database before the first start.
    """
    options = ["--workers", str(workers), *([] if demo else ["--no-demo"])]
    site = Site(folder, database_url, env or {}, options)
    try:
        prepare(site)
        site.start()
        yield site
    finally:
        site.close()
