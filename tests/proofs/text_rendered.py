"""Hostile texts, collected and mixed anew, printed as comments and articles and parsed by two other parsers."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from multiprocessing import get_context

import lxml.html

from forum.text import render_article, render_comment
from forum.text.profiles import ARTICLE, COMMENT
from forum.text.sanitise import sanitised
from tests.proofs.text_corpus import DATA, bombs, payloads, strings
from tests.text.second_parser import tree, violations

SEED = 20261122
MIXTURES = 20_000
SHARE = 500  # texts that a process takes at a time
MAX_RENDER_S = 0.5  # for anything of that length, twice what the bench asks, since a proof shares its machine

_RENDER = {"comment": render_comment, "article": render_article}
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
_SCRAP_LINES = (
    "<b>|</b>|<i|<a href=|<a href='|\">|'>|</a>|<ul>|<li>|</ul>|<pre>|</pre>|<code>|</code>|<p>|<br>|<q cite=",
    "<svg>|<math>|<style>|<script>|</script>|<!--|-->|<![CDATA[|]]>|<?|?>|<iframe src=|<img src=x onerror=",
    "<template>|<noscript>|<form>|<textarea>|<title>|<table>|<td>|<h1>|<select>|<mtext>|<annotation-xml>|<desc>",
    "[|]|](|)|![|`|``|```|~~~|*|**|_|> |- |1. |# |#|---|\n|\n\n|\t|    |\\|&|&lt;|&#60;|&#x3c;|&colon;|&Tab;",
    "&NewLine;|&#0;|&#13;|&#x202e;|&amp;|&quot;|;|:|/|//|javascript:|data:text/html,|vbscript:|https://|http://",
    "www.|mailto:|//|bank.nl|evil.example|@|.|xn--80ak6aa92e.com|\u202e|\u2066|\u2069|\u200b|\u200d|\u0301",
    "\ufeff|\u2028|\x08|\x0b|\x7f|\x85|\ufffe|\u0130|\u00ad|аррӏе.com|é|😀|(|[x]: |onclick=|style=|id=|name=",
    "class=|=|'|\"|<|>|x|tekst| |  \n",
)
_SCRAPS = [scrap for line in _SCRAP_LINES for scrap in line.split("|")]
_BARE = 3  # so many of the contexts above leave a text on its own
_Input = tuple[str, str, bool]  # where it came from, the text, whether every check is made


@dataclass
class _Findings:
    """What was tried and what came of it."""

    tried: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    slowest: tuple[float, str] = (0.0, "nothing")

    def try_both(self, kind: str, source: str, *, thorough: bool) -> None:
        self.tried[kind] += 1
        for profile in ("comment", "article"):
            began = time.process_time()
            html = _RENDER[profile](source)
            took_s = time.process_time() - began
            what = f"{kind}, as {profile}"
            self.slowest = max(self.slowest, (took_s, f"{what}: {source[:60]!r}"))
            problems = violations(html, profile=profile)
            problems += _instabilities(html, source, profile) if thorough else []
            self.wrong += [f"{what}: {problem} from {source!r}" for problem in problems]

    def add(self, other: _Findings) -> None:
        self.tried += other.tried
        self.wrong += other.wrong
        self.slowest = max(self.slowest, other.slowest)


def rendered() -> bool:
    """Print all of it as a comment and as an article; no second parser may find what should not be there."""
    inputs = iter([*_collected(), *(("mixtures", text, True) for text in mixtures(SEED, MIXTURES))])
    shares = list(iter(lambda: list(islice(inputs, SHARE)), []))
    findings = _Findings()
    # Spawned, not forked: whoever calls may have threads.
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as processes:
        for share in processes.map(_tried, shares):
            findings.add(share)
    return _told(findings)


def _tried(share: list[_Input]) -> _Findings:
    findings = _Findings()
    for kind, source, thorough in share:
        findings.try_both(kind, source, thorough=thorough)
    return findings


def mixtures(seed: int, count: int) -> Iterator[str]:
    """Texts of hostile scraps in any order, the same for the same seed."""
    dice = random.Random(seed)  # noqa: S311 - repeatable on purpose
    for _ in range(count):
        yield "".join(dice.choices(_SCRAPS, k=dice.randint(1, 24)))


def _instabilities(html: str, source: str, profile: str) -> list[str]:
    """What another run, another sanitising or another parser makes of it that is not the same."""
    again = _RENDER[profile](source) != html
    sanitised_again = sanitised(html, ARTICLE if profile == "article" else COMMENT) != html
    other = _lxml_again(html) if html else ""
    moving = bool(html) and tree(other) != tree(_lxml_again(other))
    return [
        *(["another result the second time"] if again else []),
        *(["sanitising again changes it"] if sanitised_again else []),
        *(["parsing and writing it out again changes it"] if moving else []),
        *(f"libxml2 sees: {problem}" for problem in _violations_in_substance(other, profile)),
    ]


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
    for kind, texts in (("xss", payloads()), ("strings", strings())):
        if not texts:
            print(f"  {kind}: no data at {DATA}, not tried")
        for text in texts:
            for context in _CONTEXTS:
                yield kind, context.replace("{}", text), context in _CONTEXTS[:_BARE]
    for name, text in bombs().items():
        yield f"bomb {name}", text, True


def _told(findings: _Findings) -> bool:
    for kind, count in findings.tried.items():
        print(f"  {kind}: {count} texts, each as a comment and as an article")
    print(f"  collected texts stand in {len(_CONTEXTS)} contexts, none left out")
    print(
        "  sanitised again: each collected text bare, after a blank line and doubled; every bomb and mixture"
    )
    slowest_s, what = findings.slowest
    print(f"  slowest: {slowest_s:.3f} s of processor time, {what}")
    for wrong in findings.wrong[:20]:
        print(f"  WRONG {wrong}")
    print(f"  {len(findings.wrong)} violations")
    return not findings.wrong and slowest_s <= MAX_RENDER_S
