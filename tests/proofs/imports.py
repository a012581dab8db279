"""A WordPress site moves in: kills half-way, hostile texts, a thread of 100,000, a chain of 5,000; readers post on.

The import is killed (-9) at random moments and started again until it ends; then everything is there once, a second
run changes nothing, the served pages pass the second parser, and readers who posted meanwhile were all answered.
"""

from __future__ import annotations

import json
import os
import random
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text

from forum.base.engine import BUSY_TIMEOUT_S, engine_options
from tests.exchange.wordpress.exports import TAIL, comment, head, item_start, person, thread
from tests.proofs.client import Client
from tests.proofs.posts import Post
from tests.proofs.site import NO_LIMITS, ROOT, Site, running_site
from tests.proofs.text_corpus import payloads, strings
from tests.proofs.text_pages import read_page

NAME = "import"  # `script/prove import`; a module cannot be called so
NOT_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
FLAT, CHAIN, MIXED = 100_000, 5_000, 5_000
KILLS = 5
QUIET_POSTS = 40
SLUG = "stelling"
_COUNTS = """
SELECT a.slug, count(*), sum(CASE WHEN c.state = 'approved' THEN 1 ELSE 0 END), count(DISTINCT c.number), max(c.depth)
FROM comments c JOIN articles a ON a.id = c.article_id WHERE a.slug <> 'stelling' GROUP BY a.slug
"""


def prove() -> bool:
    """Write the export, import it under kills while readers post, and look at what came of it."""
    seed = time.time_ns() % 1_000_000
    chance = random.Random(seed)  # noqa: S311 - moments, not secrets
    with tempfile.TemporaryDirectory() as folder, running_site(Path(folder), env=NO_LIMITS) as site:
        site.add_article(SLUG)
        export = Path(folder) / "export.xml"
        hostile = write(export)
        print(f"seed {seed}: {export.stat().st_size / 1e6:.0f} MB, {KILLS} kills; {hostile} hostile texts")
        with Client(site.base_url) as client:
            quiet = [wait_for_post(client, number) for number in range(QUIET_POSTS)]
        readers = Readers(site.base_url)
        readers.start()
        problems = [*run_under_kills(site, export, chance)]
        problems += readers.finish(quiet)
        problems += [*wrong_in_database(site, hostile)]
        problems += [*wrong_in_second_run(site, export)]
        problems += [*wrong_in_pages(site)]
    for problem in problems[:20]:
        print(f"  {problem}")
    print(f"{len(problems)} problems")
    return not problems


def write(path: Path) -> int:
    """The export; how many hostile texts it holds."""
    rng = random.Random(1)  # noqa: S311 - texts, not secrets
    texts = [line for line in (*payloads(), *strings()) if is_xml(line) and line.strip()]
    with path.open("w", encoding="utf-8") as file:
        file.write(head(people=person()))
        first = 1
        for number, (shape, count) in enumerate((("flat", FLAT), ("chain", CHAIN), ("blog", MIXED)), start=1):
            file.write(item_start(number, post_name=shape))
            file.writelines(thread(first, count, shape=shape, rng=rng))
            file.write("\t</item>\n")
            first += count
        file.write(item_start(4, post_name="hostile", body="\n\n".join(texts[:400])))
        file.writelines(comment(first + n, content=line, author=line[:200]) for n, line in enumerate(texts))
        file.write("\t</item>\n" + TAIL)
    return len(texts)


def is_xml(line: str) -> bool:
    """Whether an XML file can hold the characters."""
    return all(
        char in "\t\n\r" or " " <= char <= "\ud7ff" or "\ue000" <= char <= "\ufffd" or char > "\uffff"
        for char in line
    )


def command(site: Site, export: Path, *options: str) -> subprocess.Popen[bytes]:
    """The import as an operator runs it."""
    arguments = [sys.executable, "-m", "flask", "--app", "app", "import", "wordpress", str(export), *options]
    with (site.folder / "import.log").open("ab") as log:
        return subprocess.Popen(arguments, cwd=ROOT, env=site.environ, stdout=log, stderr=log)


def run_under_kills(site: Site, export: Path, chance: random.Random) -> Iterator[str]:
    """Kill the import at random moments while it writes, then let it end."""
    started = time.monotonic()
    for number in range(KILLS):
        before = count_comments(site)
        process = command(site, export)
        while process.poll() is None and count_comments(site) == before:
            time.sleep(0.2)
        try:
            process.wait(timeout=chance.uniform(1, 15))
            yield f"the import ended before kill {number + 1}: {process.returncode}"
        except subprocess.TimeoutExpired:
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
    print(f"{count_comments(site)} comments after {KILLS} kills")
    if (code := command(site, export).wait()) != 0:
        yield f"the last run ended with {code}"
    print(f"imported under {KILLS} kills in {time.monotonic() - started:.0f} s")


def count_comments(site: Site) -> int:
    """How many comments have come in."""
    engine = create_engine(**engine_options(site.database_url))
    with engine.connect() as connection:
        number: int = connection.execute(text("SELECT count(*) FROM imported_comments")).scalar_one()
    engine.dispose()
    return number


class Readers:
    """Two readers who post, one comment after the other, until they are told to finish."""

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url
        self._is_over = threading.Event()
        self._waits: list[float] = []
        self._problems: list[str] = []
        self._threads = [threading.Thread(target=self._post, args=(n,)) for n in range(2)]

    def start(self) -> None:
        """Begin to post."""
        for reader in self._threads:
            reader.start()

    def finish(self, quiet: list[float]) -> list[str]:
        """Stop; tell how long posting took beside how long it takes on a quiet site."""
        self._is_over.set()
        for reader in self._threads:
            reader.join()
        busy = sorted(self._waits) or [float("inf")]
        if busy[-1] > BUSY_TIMEOUT_S:
            self._problems.append(f"somebody waited {busy[-1]:.1f} s for an answer")
        print(
            f"{len(busy)} comments posted meanwhile: median {statistics.median(busy) * 1000:.0f} ms, slowest "
            f"{busy[-1] * 1000:.0f} ms; before, alone: median {statistics.median(quiet) * 1000:.0f} ms"
        )
        return self._problems

    def _post(self, reader: int) -> None:
        number = 1_000_000 * (reader + 1)
        with Client(self._base_url) as client:
            while not self._is_over.wait(0.5):
                number += 1
                try:
                    self._waits.append(wait_for_post(client, number))
                except Exception as error:  # noqa: BLE001 - whatever it is, a reader was not answered
                    self._problems.append(f"post {number}: {error!r}")


def wait_for_post(client: Client, number: int) -> float:
    """Seconds until a comment was acknowledged.

    :raises AssertionError: it was answered otherwise.
    """
    started = time.monotonic()
    answer = Post(number, SLUG).send(client)
    assert answer.status == 303, f"post {number} was answered with {answer.status}"
    return time.monotonic() - started


def wrong_in_database(site: Site, hostile: int) -> Iterator[str]:
    """Each thread has all its comments, and each public one a number of its own (what shows nothing is not public)."""
    expected = {
        "flat": (FLAT, 0),
        "chain": (CHAIN, CHAIN - 1),
        "blog": (MIXED, None),
        "hostile": (hostile, 0),
    }
    engine = create_engine(**engine_options(site.database_url))
    with engine.connect() as connection:
        found = {row[0]: row[1:] for row in connection.execute(text(_COUNTS))}
    engine.dispose()
    for slug, (count, depth) in expected.items():
        comments, public, numbers, deepest = found.get(slug, (0, 0, 0, 0))
        if comments != count or public != numbers or depth not in {None, deepest}:
            yield f"{slug}: {comments} comments, {public} public, {numbers} numbers, depth {deepest}; expected {count}"


def wrong_in_second_run(site: Site, export: Path) -> Iterator[str]:
    """A second run finds everything unchanged."""
    report = site.folder / "report.json"
    code = command(site, export, "--report", str(report)).wait()
    kinds: dict[str, Any] = json.loads(report.read_text())["kinds"]
    changed = sum(
        kinds[kind][outcome] for kind in ("post", "comment") for outcome in ("created", "updated", "conflict")
    )
    if code != 0 or changed:
        yield f"the second run ended with {code} and changed {changed} rows"


def wrong_in_pages(site: Site) -> Iterator[str]:
    """Pages of every thread as html5lib reads them."""
    shown = 0
    threads = (
        "flat",
        f"flat?page={FLAT // 25}",
        "flat?sort=newest",
        "flat?all=1",
        "chain",
        "blog",
        "blog?page=7",
    )
    paths = (*threads, *(f"hostile?page={page}" for page in range(1, 30)))
    with Client(site.base_url) as client:
        for path in paths:
            answer = client.get(f"/articles/{path}")
            if answer.status == 404 and path.startswith("hostile"):
                continue
            if answer.status != 200:
                yield f"{path} was answered with {answer.status}"
                continue
            reading = read_page(answer.text)
            shown += len(reading.comments)
            yield from (f"{path}: {fault}" for fault in reading.faults)
            yield from (
                f"{path}: leads to {address}" for address in reading.addresses if "script:" in address
            )
    print(f"{shown} comments read on the served pages")
