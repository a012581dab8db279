"""WordPress's shortcodes, `[name …]` and `[name …]…[/name]`: those it ships with become plain HTML.

Those of plugins cannot: they are named, their tags go and the words between them stay. What is only in
brackets (`[sic]`, `[1]`) is text. Nothing is looked for in code, in comments and within tags.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from html import unescape

from forum.exchange.wordpress.addresses import link, page_address, whole_address

Pictures = Callable[[Iterable[int]], Sequence[tuple[str, str]]]

CAPTIONS = frozenset({"caption", "wp_caption"})
GALLERIES = frozenset({"gallery", "playlist"})
EMBEDS = frozenset(
    [
        "embed",
        "video",
        "audio",
        "youtube",
        "vimeo",
        "soundcloud",
        "spotify",
        "dailymotion",
        "twitter",
        "tweet",
        "instagram",
        "facebook",
        "ted",
        "tiktok",
        "flickr",
        "gist",
        "googlemaps",
        "googlevideo",
        "slideshare",
        "scribd",
        "wpvideo",
        "mixcloud",
        "bandcamp",
    ]
)
KNOWN = CAPTIONS | GALLERIES | EMBEDS
_FILES = ("src", "mp4", "m4v", "webm", "ogv", "mov", "wmv", "mp3", "m4a", "ogg", "wav", "wma")
_BY_ID = {"youtube": "https://www.youtube.com/watch?v={}", "vimeo": "https://vimeo.com/{}"}

# A tag or the beginning of a comment, or a shortcode. Brackets do not nest and an attribute holds none, as
# in WordPress itself.
_NEXT = re.compile(
    r"(?P<quiet><(?:!--|/?[A-Za-z][^<>]*+>))|"
    r"(?P<before>\[?)\[(?P<closing>/?)(?P<name>[A-Za-z][\w-]*+)(?P<rest>(?:[\s=:/][^\[\]]*+)?+)\](?P<after>\]?+)"
)
_QUIET = re.compile(r"<(pre|code|script|style)(?=[\s/>])", re.IGNORECASE)
_ENDS = {name: re.compile(rf"</{name}\s*+>", re.IGNORECASE) for name in ("pre", "code", "script", "style")}
_NAMED = re.compile(r"""([\w-]++)\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s"']++))""")
_NAMES_ATTRIBUTE = re.compile(r"""(?:\s|^)[\w-]++\s*+=\s*+["'\w]""")
_QUOTES = str.maketrans("“”„″‘’", '""""\'\'')
_ADDRESS = re.compile(r"""(?:https?:)?//[^\s"'<>\[\]]++""")
_ID = re.compile(r"[\w-]{6,20}", re.ASCII)
_PICTURE = re.compile(r"\s*+((?:<a\s[^>]*+>\s*+)?+<img\s[^>]*+>(?:\s*+</a>)?+)", re.IGNORECASE)


@dataclass
class _Bracket:
    """One tag in brackets, and what stands between it and the next."""

    typed: str
    before: str
    is_closing: bool
    name: str
    rest: str
    after: str
    follows: str = ""
    partner: _Bracket | None = field(default=None, repr=False)

    @property
    def is_escaped(self) -> bool:
        """Whether it, or its pair, was doubled to be shown as it stands."""
        first, last = (self.partner or self, self) if self.is_closing else (self, self.partner or self)
        return bool(first.before and last.after)


@dataclass(frozen=True)
class Shortcodes:
    """What turns the shortcodes of one article."""

    base_url: str
    pictures: Pictures | None
    left_out: Counter[str]

    def turned(self, html: str) -> str:
        """The article with its shortcodes as plain HTML; what could not be turned is counted in `left_out`."""
        start, brackets = _brackets(html)
        _pair(brackets)
        for bracket in brackets:
            bracket.follows = self._shown(bracket) + bracket.follows
        return start + "".join(bracket.follows for bracket in brackets)

    def _shown(self, bracket: _Bracket) -> str:
        name = bracket.name.lower()
        has_attributes = bool(_NAMES_ATTRIBUTE.search(_plain(bracket.rest)))
        if bracket.is_escaped and (name in KNOWN or has_attributes or bracket.partner):
            return bracket.typed[bool(bracket.before) : len(bracket.typed) - bool(bracket.after)]
        shown = ""
        if name not in KNOWN:
            shown = self._unknown(bracket, has_attributes)
        elif bracket.is_closing:
            shown = "</figcaption></figure>" if name in CAPTIONS and bracket.partner else ""
        elif name in CAPTIONS:
            shown = _captioned(bracket)
        elif name in GALLERIES:
            shown = self._gallery(name, bracket.rest)
        else:
            shown = self._embed(name, bracket)
        return f"{bracket.before}{shown}{bracket.after}"

    def _unknown(self, bracket: _Bracket, has_attributes: bool) -> str:
        """Gone when it is surely a shortcode, else as it was typed."""
        is_surely_one = has_attributes or bracket.partner is not None
        is_end_of_pair = bracket.is_closing and bracket.partner is not None
        looks_like_one = is_surely_one or bracket.is_closing or bool(re.search("[-_]", bracket.name))
        if looks_like_one and not is_end_of_pair:
            self.left_out[f"shortcode [{bracket.name}]"] += 1
        if is_surely_one:  # no words grow together where it stood
            follows = bracket.follows[:1]
            return " " if not follows or follows.isalnum() or follows == "<" else ""
        return bracket.typed[len(bracket.before) : len(bracket.typed) - len(bracket.after)]

    def _gallery(self, name: str, rest: str) -> str:
        attributes = _attributes(rest)
        wanted = attributes.get("ids") or attributes.get("include") or ""
        shown = picture_list(self.pictures, re.findall(r"[0-9]{1,18}", wanted))
        if not shown:
            self.left_out[f"shortcode [{name}]"] += 1
        return shown

    def _embed(self, name: str, bracket: _Bracket) -> str:
        """A link to what was embedded; the words between the tags stay when they are no address."""
        rest = _plain(bracket.rest).strip(" =:/\t\n") if name in _BY_ID else _plain(bracket.rest)
        content = bracket.follows.strip() if bracket.partner else ""
        is_address = _ADDRESS.fullmatch(unescape(content)) is not None
        found = _ADDRESS.search(unescape(content) if is_address else _plain(bracket.rest))
        address = page_address(found[0], self.base_url) if found else self._by_name(name, rest, content)
        if is_address or (name in _BY_ID and content and _ID.fullmatch(content)):
            bracket.follows = ""
        if address is None:
            self.left_out[f"shortcode [{name}]"] += 1
            return ""
        return f"<div>{link(address)}</div>"

    def _by_name(self, name: str, rest: str, content: str) -> str | None:
        """The address of a film by its number, or of a file that stands beside the article."""
        attributes = _attributes(rest)
        number = attributes.get("id") or content or rest.split("&")[0]
        if name in _BY_ID and _ID.fullmatch(number):
            return _BY_ID[name].format(number)
        files = (attributes[key] for key in _FILES if key in attributes)
        return next((address for file in files if (address := whole_address(file, self.base_url))), None)


def picture_list(pictures: Pictures | None, ids: Iterable[str]) -> str:
    """Attachments as links below each other; empty when none of them is known."""
    found = pictures([int(number) for number in ids]) if pictures else ()
    return "".join(
        f"<div>{link(whole, title)}</div>"
        for address, title in found
        if (whole := whole_address(address, ""))
    )


def _brackets(html: str) -> tuple[str, list[_Bracket]]:
    """The text before the first bracket, and all brackets outside of code, comments and tags."""
    found: list[_Bracket] = []
    pieces: list[str] = []
    at = written = 0
    while match := _NEXT.search(html, at):
        if match["quiet"]:
            at = _behind_quiet(html, match)
            continue
        pieces.append(html[written : match.start()])
        before, name, rest, after = match.group("before", "name", "rest", "after")
        found.append(_Bracket(match[0], before, bool(match["closing"]), name, rest, after))
        at = written = match.end()
    pieces.append(html[written:])
    for bracket, follows in zip(found, pieces[1:], strict=True):
        bracket.follows = follows
    return pieces[0], found


def _behind_quiet(html: str, match: re.Match[str]) -> int:
    """Where reading goes on behind a tag: behind the whole element when it is code, behind the comment."""
    if match["quiet"] == "<!--":
        end = html.find("-->", match.end())
        return end + 3 if end != -1 else len(html)
    element = _QUIET.match(match["quiet"])
    if element is None:
        return match.end()
    closer = _ENDS[element[1].lower()].search(html, match.end())
    return closer.end() if closer else len(html)


def _pair(brackets: list[_Bracket]) -> None:
    """Give each closing bracket the nearest opening one of its name that has no partner yet."""
    waiting: dict[str, list[_Bracket]] = {}
    for bracket in brackets:
        opened = waiting.setdefault(bracket.name.lower(), [])
        if not bracket.is_closing:
            opened.append(bracket)
        elif opened:
            bracket.partner = opened.pop()
            bracket.partner.partner = bracket


def _captioned(bracket: _Bracket) -> str:
    """A picture and its caption, which stands behind it or in the attribute."""
    if bracket.partner is None:
        return ""
    picture = _PICTURE.match(bracket.follows)
    rest = bracket.follows[picture.end() :] if picture else bracket.follows
    caption = _attributes(bracket.rest, as_html=True).get("caption", "")
    bracket.follows = f"<figure>{picture[1] if picture else ''}<figcaption>{rest.strip()} {caption}"
    return ""


def _plain(rest: str) -> str:
    return unescape(rest).translate(_QUOTES)


def _attributes(rest: str, *, as_html: bool = False) -> dict[str, str]:
    found = _NAMED.finditer(rest.translate(_QUOTES) if as_html else _plain(rest))
    return {match[1].lower(): match[2] or match[3] or match[4] or "" for match in found}
