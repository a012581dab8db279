"""What looks for mistakes in a page: axe-core in the browser, and the Nu HTML checker over what the site sent."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

MODULES = Path(__file__).resolve().parents[1] / "tools" / "node_modules"
AXE = MODULES / "axe-core" / "axe.min.js"
NU = MODULES / "vnu-jar" / "build" / "dist" / "vnu.jar"
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
"""Every rule of these kinds; none is switched off."""

SMALL_TARGETS = """() => Array.from(document.querySelectorAll("a, button, input, select, textarea, summary"))
  .filter((element) => element.checkVisibility() && !element.matches("[type=hidden]"))
  .filter((element) => !element.closest("p, li, dd, blockquote, .visually-hidden, .nickname, .skip-link"))
  .map((element) => element.closest("label") || element)
  .filter((element) => { const box = element.getBoundingClientRect(); return box.width < 24 || box.height < 24; })
  .map((element) => element.outerHTML.slice(0, 120))"""
"""What is pressed and is smaller than 24 px (WCAG 2.5.8), links within a sentence aside."""


def axe_exists() -> bool:
    """Whether axe-core is installed."""
    return AXE.exists()


def nu_exists() -> bool:
    """Whether the Nu HTML checker can run: it takes Java."""
    return NU.exists() and shutil.which("java") is not None


@cache
def _axe() -> str:
    return AXE.read_text(encoding="utf-8")


def axe_violations(page: Page) -> list[str]:
    """A line for each thing that axe-core finds: the rule, the place, and why."""
    page.evaluate(_axe())  # handed over by the debugger: no policy of the page has to give way
    options = {
        "runOnly": {"type": "tag", "values": list(RULES)},
        "rules": {"target-size": {"enabled": True}},
        "resultTypes": ["violations"],
    }
    found: dict[str, Any] = page.evaluate("options => axe.run(document, options)", options)
    return [
        f"{violation['id']}: {node['target'][0]} – {_why(node)}"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]


def _why(node: Mapping[str, Any]) -> str:
    return " ".join(str(node["failureSummary"]).split())[:300]


def overflow_px(page: Page) -> int:
    """How far the page can be scrolled sideways, in CSS pixels."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def small_targets(page: Page) -> list[str]:
    """The beginning of the HTML of each target that is too small."""
    found: list[str] = page.evaluate(SMALL_TARGETS)
    return found


def nu_errors(documents: Mapping[str, str]) -> list[str]:
    """What the Nu HTML checker calls an error: the document's name, the line, the message and the place."""
    with tempfile.TemporaryDirectory(prefix="forum-html-") as folder:
        names = {}
        for n, (name, document) in enumerate(documents.items()):
            file = Path(folder) / f"{n}.html"
            file.write_text(document, encoding="utf-8")
            names[file.name] = name
        command = ["java", "-Xss4m", "-jar", str(NU), "--errors-only", "--format", "json", "--stdout", folder]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        messages = json.loads(result.stdout)["messages"] if result.stdout else [{"message": result.stderr}]
    return [
        f"{names.get(Path(message.get('url', '')).name, '')}, line {message.get('lastLine', '?')}: "
        f"{message['message']} {message.get('extract', '')!r}"
        for message in messages
    ]
