"""The text of a static site's article becomes plain Markdown.

What a generator would have filled in (Hugo's shortcodes, Liquid, JSX) is named and goes; the words between its tags
stay. Films and pictures become links. Nothing is looked for in code.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from forum.exchange.markdown import embeds
from forum.exchange.markdown.marks import NEXT, NEXT_IN_MDX
from forum.text.links import safe_address

_FENCE_END = r"^[ \t>]*{mark}[`~]*[ \t]*$"
_HUGO_END = r"\{\{[<%]\s*/\s*NAME\s*[>%]\}\}"
_LIQUID_END = r"\{%-?\s*endNAME\s*-?%\}"
_BLOCKS = frozenset({"raw", "verbatim", "comment", "highlight"})
_SILENT = frozenset({"", "else", "elsif", "break", "continue"})


@dataclass(frozen=True)
class Body:
    """A text as it comes in, and what could not come along, by name."""

    source: str
    left_out: Counter[str]


def convert_body(raw: str, *, is_mdx: bool = False) -> Body:
    """The body of a file as Markdown that :func:`forum.text.render_article` prints. Linear in its length."""
    scan = _Scan(raw, NEXT_IN_MDX if is_mdx else NEXT)
    source = scan.run()
    return Body(source, scan.left_out)


def without_heading(source: str) -> tuple[str | None, str]:
    """The first heading of a text that begins with one (as Markdown), and the text below it."""
    first, _, rest = source.lstrip().partition("\n")
    if first.startswith("# "):
        return re.sub(r" #+$", "", first[2:].strip()), rest
    second, _, below = rest.partition("\n")
    if first and second.strip() and not second.strip().strip("="):
        return first.strip(), below
    return None, source


class _Scan:
    """Goes through a text once, from mark to mark."""

    def __init__(self, text: str, marks: re.Pattern[str]) -> None:
        self.left_out: Counter[str] = Counter()
        self._text, self._marks = text, marks
        self._missing: set[str] = set()
        self._pieces: list[str] = []

    def run(self) -> str:
        """The text as it comes in."""
        at = 0
        while match := self._marks.search(self._text, at):
            self._pieces.append(self._text[at : match.start()])
            take = getattr(self, f"_take_{match.lastgroup}")
            at = take(match)
        self._pieces.append(self._text[at:])
        return "".join(self._pieces)

    def _take_fence(self, match: re.Match[str]) -> int:
        """A block of code stays as it is, up to its end or that of the text."""
        end = self._find(_FENCE_END.format(mark=match["fence"].strip(" \t>")), match.end())
        return self._keep(match.start(), end[1] if end else len(self._text))

    def _take_ticks(self, match: re.Match[str]) -> int:
        """Code within a line stays as it is."""
        end = self._find(rf"(?<!`){match[0]}(?!`)", match.end())
        return self._keep(match.start(), end[1] if end else match.end())

    def _take_comment(self, match: re.Match[str]) -> int:
        """What no reader saw does not come in."""
        end = self._find("-->", match.end())
        return end[1] if end else self._keep(match.start(), match.end())

    def _take_unwoven(self, match: re.Match[str]) -> int:
        """An element whose content is no text."""
        self.left_out[f"HTML <{match['unwoven'].lower()}>"] += 1
        end = self._find(rf"</{match['unwoven']}\s*>", match.end())
        return end[1] if end else match.end()

    def _take_element(self, match: re.Match[str]) -> int:
        """A picture or a film in HTML."""
        shown = embeds.of_element(match["element"].lower(), match[0])
        if shown is None and not match[0].startswith("</"):
            self.left_out[f"HTML <{match['element'].lower()}>"] += 1
        self._pieces.append(shown or "")
        return match.end()

    def _take_hugo(self, match: re.Match[str]) -> int:
        inner = match["hugo"].strip()
        if inner.startswith("/*"):  # doubled to be shown as it stands
            self._pieces.append(f"{match[0][:3]}{inner[2:].removesuffix('*/')}{match[0][-3:]}")
            return match.end()
        return self._tag("shortcode {{{{< {} >}}}}", inner, match.end(), _HUGO_END)

    def _take_liquid(self, match: re.Match[str]) -> int:
        return self._tag("Liquid {{% {} %}}", match["liquid"].strip("- \t\n"), match.end(), _LIQUID_END)

    def _tag(self, label: str, inner: str, end: int, closer: str) -> int:
        """A tag of a generator. `closer` is the pattern of what closes it, with NAME for its name."""
        name, rest = ([*inner.rstrip("/").split(maxsplit=1), "", ""])[:2]
        if name in _BLOCKS:
            return self._block(name, rest, end, self._find(closer.replace("NAME", name), end))
        shown = embeds.of_tag(name, rest)
        if shown is None and not name.startswith(("/", "end")) and name not in _SILENT:
            self.left_out[label.format(name[:40])] += 1
        self._pieces.append(shown or "")
        return end

    def _block(self, name: str, rest: str, start: int, close: tuple[int, int] | None) -> int:
        """What stands between two tags is shown as it is, as code, or to nobody."""
        if close is None:
            return start
        inside = self._text[start : close[0]]
        if name == "highlight":
            language = (rest.split() or [""])[0]
            inside = f"\n```{language if language.isalnum() else ''}\n{inside.strip(chr(10))}\n```\n"
        self._pieces.append("" if name == "comment" else inside)
        return close[1]

    def _take_shown(self, match: re.Match[str]) -> int:
        inner = match["shown"].strip()
        if not inner.startswith("/*"):
            self.left_out[f"Liquid {{{{ {(inner.split() or [''])[0][:40]} }}}}"] += 1
        return match.end()

    def _take_linked(self, match: re.Match[str]) -> int:
        """A link to a place that only the generator knew: its words stay."""
        inner = NEXT.search(match["target"])
        if inner is not None and inner.lastgroup in ("hugo", "liquid", "shown"):
            words, self._pieces = self._pieces, []
            getattr(self, f"_take_{inner.lastgroup}")(inner)
            self._pieces = words
        return self._keep(match.start("words"), match.end("words"), go_on_at=match.end())

    def _take_relative(self, match: re.Match[str]) -> int:
        """Addresses within the old site stay as they were typed; the text rules print them as text."""
        if safe_address(match[match.lastgroup or 0]) is None:
            self.left_out["relative address"] += 1
        return self._keep(match.start(), match.end())

    _take_defined = _take_relative

    def _take_attributes(self, match: re.Match[str]) -> int:
        """Anchors and classes, which Kramdown and Goldmark read behind a heading or paragraph."""
        if self._pieces:
            self._pieces[-1] = self._pieces[-1].rstrip(" \t")
        self.left_out["{: attributes}" if match[0].startswith("{:") else "{#anchor}"] += 1
        return match.end()

    def _take_note(self, match: re.Match[str]) -> int:
        """A note of the writer to themselves."""
        return match.end()

    def _take_module(self, match: re.Match[str]) -> int:
        """`import …` and `export …` of MDX, up to the next blank line."""
        self.left_out[match["module"]] += 1
        end = self._find(r"\n[ \t]*\n", match.end())
        return end[0] if end else len(self._text)

    def _take_component(self, match: re.Match[str]) -> int:
        if not match[0].startswith("</") and match["component"]:
            self.left_out[f"component <{match['component'][:40]}>"] += 1
        return match.end()

    def _take_expression(self, match: re.Match[str]) -> int:
        if not match["expression"].startswith("{/*"):
            self.left_out["expression {…}"] += 1
        return match.end()

    def _keep(self, start: int, end: int, *, go_on_at: int | None = None) -> int:
        self._pieces.append(self._text[start:end])
        return end if go_on_at is None else go_on_at

    def _find(self, pattern: str, start: int) -> tuple[int, int] | None:
        """Where something begins and ends behind `start`; what is not there once is not looked for again."""
        if pattern in self._missing:
            return None
        match = re.compile(pattern, re.MULTILINE | re.IGNORECASE).search(self._text, start)
        if match is None:
            self._missing.add(pattern)
            return None
        return match.span()
