"""A check of printed HTML that shares nothing with what printed it: html5lib, by a walk over its tree."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from xml.etree.ElementTree import Element

import html5lib
from html5lib.html5parser import HTMLParser

_PHRASES = {"b", "strong", "i", "em", "code", "del", "q", "cite", "a", "br"}
_BLOCKS = {"p", "blockquote", "ul", "ol", "li", "pre"}
_TAGS = {
    "comment": _PHRASES | _BLOCKS,
    "article": _PHRASES | _BLOCKS | {"h2", "h3", "h4", "hr", "table", "thead", "tbody", "tr", "th", "td"},
}
_ATTRIBUTES: dict[str, dict[str, set[str]]] = {
    "comment": {"a": {"href", "rel"}},
    "article": {"a": {"href", "rel"}, "blockquote": {"cite"}, "q": {"cite"}, "ol": {"start"}},
}
_REL = {
    "comment": {"ugc", "nofollow", "noopener", "noreferrer"},
    "article": {"noopener", "noreferrer"},
}
# Written out again on purpose, and narrower than what browsers take: a host of letters, no user name.
_WEB = re.compile(
    r"https?://(?:[a-z0-9_-]+(?:\.[a-z0-9_-]+)+\.?|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?(?:[/?#][!-~]*)?"
)
_MAIL = re.compile(r"mailto:[!-~]+@[a-z0-9.-]+", re.IGNORECASE)
_TAG = re.compile(r"<(/?)([a-z][a-z0-9]*)(?:\s+[a-z]+=\"[^\"<>]*\")*>")
_VOID = {"br", "hr"}
_HTML = "{http://www.w3.org/1999/xhtml}"


def violations(html: str, *, profile: str = "comment") -> list[str]:
    """What is in a printed text that must not be; empty when all is well.

    :param profile: "comment" or "article".
    """
    found = [*_characters(html), *_unbalanced(html)]
    parser = HTMLParser(tree=html5lib.getTreeBuilder("etree"))
    root: Element = parser.parseFragment(html)
    found += [f"parse error: {code}" for _position, code, _data in parser.errors]
    for element, in_link in _walk(root):
        found += _element(element, profile, in_link=in_link)
    return found


def tree(html: str) -> list[tuple[object, ...]]:
    """The tree that html5lib sees, as a list that can be compared."""
    root: Element = html5lib.parseFragment(html)
    return [
        (element.tag, *sorted(element.attrib.items()), element.text, element.tail) for element in root.iter()
    ]


def _characters(html: str) -> Iterator[str]:
    for char in set(html):
        if unicodedata.category(char) in ("Cc", "Cs") and char not in "\n\t":
            yield f"control character U+{ord(char):04X}"
        if "\u202a" <= char <= "\u202e":
            yield f"embedding or override U+{ord(char):04X}"


def _unbalanced(html: str) -> Iterator[str]:
    """Every tag written out, closed in order, and no angle bracket beside them."""
    opened: list[str] = []
    for match in _TAG.finditer(html):
        if not match[1] and match[2] not in _VOID:
            opened.append(match[2])
        elif match[1] and (not opened or opened.pop() != match[2]):
            yield f"</{match[2]}> closes nothing"
    if opened:
        yield f"left open: {opened}"
    if re.search("[<>]", _TAG.sub("", html)):
        yield "an angle bracket outside of a tag"


def _walk(root: Element) -> Iterator[tuple[Element, bool]]:
    waiting = [(child, False) for child in root]
    while waiting:
        element, in_link = waiting.pop()
        yield element, in_link
        waiting += [(child, in_link or element.tag == f"{_HTML}a") for child in element]


def _element(element: Element, profile: str, *, in_link: bool) -> Iterator[str]:
    if not isinstance(element.tag, str) or not element.tag.startswith(_HTML):
        yield f"not an HTML element: {element.tag}"
        return
    tag = element.tag.removeprefix(_HTML)
    if tag not in _TAGS[profile]:
        yield f"element {tag}"
    for name, value in element.attrib.items():
        if name not in _ATTRIBUTES[profile].get(tag, set()):
            yield f"attribute {name} of {tag}"
        elif name in ("href", "cite") and not (_WEB.fullmatch(value) or _MAIL.fullmatch(value)):
            yield f"address {value!r}"
        elif name == "start" and not value.isdigit():
            yield f"list start {value!r}"
    if tag == "a":
        yield from _link(element, profile, in_link=in_link)


def _link(element: Element, profile: str, *, in_link: bool) -> Iterator[str]:
    if set(element.get("rel", "").split()) != _REL[profile]:
        yield f"rel {element.get('rel')!r}"
    if "href" not in element.attrib:
        yield "a link to nowhere"
    if in_link:
        yield "a link in a link"
