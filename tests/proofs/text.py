"""Text: everything hostile that was collected, and 20,000 new mixtures, printed and parsed by others."""

from __future__ import annotations

import json
import os
import random
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import lxml.html

from forum.text import render_article, render_comment
from forum.text.profiles import ARTICLE, COMMENT
from forum.text.sanitise import sanitised
from tests.text.second_parser import tree, violations

SEED = 20261122
MIXTURES = 20_000
MIXTURES_S = 170.0  # stop mixing then, whatever the count: the whole proof has four minutes
MAX_CHARS = 10_000  # the longest comment
MAX_RENDER_S = 0.5  # for anything of that length, twice what the bench asks, since a proof shares its machine

_ROOT = Path(__file__).resolve().parents[2]
_CONTEXTS = (
    "{}",
    "\n\n{}",
    "{}{}",
    "> {}",
    "- {}\n  - {}",
    "`{}`",
    "```\n{}\n```",
    "[{}](https://voorbeeld.nl)",
    "[tekst]({})",
    "![{}]({})",
    "<a href='{}'>tekst</a>",
    '<a href="{}">tekst</a>',
    "<a href={}>tekst</a>",
    "<b {}>tekst</b>",
    "<blockquote cite='{}'>{}</blockquote>",
    "<ul><li>{}</ul>",
    "<pre>{}</pre>",
    "<code>{}</code>",
    "| {} | b |\n|---|---|\n| {} | d |",
)
_SCRAPS = [
    "<b>",
    "</b>",
    "<i",
    "<a href=",
    "<a href='",
    '">',
    "'>",
    "</a>",
    "<ul>",
    "<li>",
    "</ul>",
    "<pre>",
    "</pre>",
    "<code>",
    "</code>",
    "<p>",
    "<br>",
    "<q cite=",
    "<svg>",
    "<math>",
    "<style>",
    "<script>",
    "</script>",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "<?",
    "?>",
    "<iframe src=",
    "<img src=x onerror=",
    "<template>",
    "<noscript>",
    "<form>",
    "<textarea>",
    "<title>",
    "<table>",
    "<td>",
    "<h1>",
    "<select>",
    "<mtext>",
    "<annotation-xml>",
    "<desc>",
    "[",
    "]",
    "](",
    ")",
    "![",
    "`",
    "``",
    "```",
    "~~~",
    "*",
    "**",
    "_",
    "> ",
    "- ",
    "1. ",
    "# ",
    "#",
    "---",
    "\n",
    "\n\n",
    "\t",
    "    ",
    "\\",
    "&",
    "&lt;",
    "&#60;",
    "&#x3c;",
    "&colon;",
    "&Tab;",
    "&NewLine;",
    "&#0;",
    "&#13;",
    "&#x202e;",
    "&amp;",
    "&quot;",
    ";",
    ":",
    "/",
    "//",
    "javascript:",
    "data:text/html,",
    "vbscript:",
    "https://",
    "http://",
    "www.",
    "mailto:",
    "//",
    "bank.nl",
    "evil.example",
    "@",
    ".",
    "xn--80ak6aa92e.com",
    "\u202e",
    "\u2066",
    "\u2069",
    "\u200b",
    "\u200d",
    "́",
    "\ufeff",
    "\u2028",
    "\x08",
    "\x0b",
    "\x7f",
    "\x85",
    "\ufffe",
    "İ",
    "\xad",
    "аррӏе.com",
    "é",
    "😀",
    "(",
    "[x]: ",
    "onclick=",
    "style=",
    "id=",
    "name=",
    "class=",
    "=",
    "'",
    '"',
    "<",
    ">",
    "x",
    "tekst",
    " ",
    "  \n",
]
_Input = tuple[str, str]  # where it came from, and the text


@dataclass
class _Findings:
    """What was tried and what came of it."""

    tried: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    slowest_s: float = 0.0
    slowest: str = ""

    def try_both(self, kind: str, source: str) -> None:
        self.tried[kind] += 1
        for profile in ("comment", "article"):
            self._try(kind, source, profile)

    def _try(self, kind: str, source: str, profile: str) -> None:
        render = render_comment if profile == "comment" else render_article
        began = time.process_time()
        html = render(source)
        took_s = time.process_time() - began
        if took_s > self.slowest_s:
            self.slowest_s, self.slowest = took_s, f"{kind}, as {profile}: {source[:60]!r}"
        self.wrong += [
            f"{kind}, as {profile}: {what} from {source!r}" for what in _wrong_with(html, source, profile)
        ]


def prove() -> bool:
    """Print all of it as a comment and as an article; no second parser may find what should not be there."""
    findings = _Findings()
    for kind, source in _collected():
        findings.try_both(kind, source)
    until = time.monotonic() + MIXTURES_S
    for source in mixtures(SEED, MIXTURES):
        if time.monotonic() > until:
            break
        findings.try_both("mixtures", source)
    return _told(findings)


def mixtures(seed: int, count: int) -> Iterator[str]:
    """Texts of hostile scraps in any order, the same for the same seed."""
    dice = random.Random(seed)  # noqa: S311 - repeatable on purpose
    for _ in range(count):
        yield "".join(dice.choices(_SCRAPS, k=dice.randint(1, 24)))


def _wrong_with(html: str, source: str, profile: str) -> Iterator[str]:
    yield from violations(html, profile=profile)
    render, rules = (render_comment, COMMENT) if profile == "comment" else (render_article, ARTICLE)
    if render(source) != html:
        yield "another result the second time"
    if sanitised(html, rules) != html:
        yield "sanitising again changes it"
    if html and tree(_lxml_again(html)) != tree(_lxml_again(_lxml_again(html))):
        yield "parsing and writing it out again changes it"
    if html and _violations_in_substance(_lxml_again(html), profile):
        yield "libxml2 reads something else in it"


def _violations_in_substance(html: str, profile: str) -> list[str]:
    """Violations but those of form: libxml2 writes "<br>" and "&#13;" its own way."""
    return [
        what
        for what in violations(html, profile=profile)
        if what.startswith(("element", "attribute", "address"))
    ]


def _lxml_again(html: str) -> str:
    """The HTML as libxml2 reads it and writes it out."""
    holder = lxml.html.fragment_fromstring(html, create_parent="div")
    inner: str = lxml.html.tostring(holder, encoding="unicode")
    return inner.removeprefix("<div>").removesuffix("</div>")


def _collected() -> Iterator[_Input]:
    """Everything in the test data, bare and in every context."""
    data = Path(os.environ.get("FORUM_TEST_DATA", _ROOT.parent / "shared" / "data"))
    for kind, texts in (("xss", _payloads(data)), ("strings", _strings(data))):
        if not texts:
            print(f"  {kind}: no data at {data}, not tried")
        for text in texts:
            for context in _CONTEXTS:
                yield kind, context.replace("{}", text)
    for path in sorted((data / "strings" / "bombs").glob("*.txt")):
        yield f"bomb {path.stem}", path.read_text(encoding="utf-8")[:MAX_CHARS]


def _payloads(data: Path) -> list[str]:
    path = data / "xss" / "payloads.txt"
    return path.read_text(encoding="utf-8", errors="replace").splitlines() if path.exists() else []


def _strings(data: Path) -> list[str]:
    path = data / "strings" / "blns.json"
    return [str(text) for text in json.loads(path.read_text(encoding="utf-8"))] if path.exists() else []


def _told(findings: _Findings) -> bool:
    for kind, count in findings.tried.items():
        print(f"  {kind}: {count} texts, each as a comment and as an article")
    print(f"  slowest: {findings.slowest_s:.3f} s of processor time, {findings.slowest}")
    for wrong in findings.wrong[:20]:
        print(f"  WRONG {wrong}")
    print(f"  {len(findings.wrong)} violations")
    return not findings.wrong and findings.slowest_s <= MAX_RENDER_S
