"""What a served page holds, as html5lib reads it: its comments, and every other element by the place it stands in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from xml.etree.ElementTree import Element

import html5lib
from html5lib.html5parser import HTMLParser

from forum.text import clean_name, clean_source, render_comment
from tests.text.second_parser import violations

Tree = tuple[tuple[object, ...], ...]
_HTML = "{http://www.w3.org/1999/xhtml}"
_COLOUR = re.compile(r"\bavatar-[0-9]+\b")
_ADDRESSES = ("href", "src", "action", "formaction", "cite", "data", "poster", "srcset")


@dataclass(frozen=True)
class Shown:
    """One comment as a page shows it, or as it should: the name, and the tree of the text."""

    name: str
    body: Tree


@dataclass
class Reading:
    """A page, taken apart.

    :ivar comments: by id; 0 where the page does not say it.
    :ivar places: for everything outside of the texts of comments: where it stands, its tag and its attributes.
    :ivar addresses: where links, forms and files outside of the texts lead, if not to a path of the site.
    :ivar fields: what stands in the fields of forms, by id.
    :ivar faults: parse errors, and comments that are not whole.
    """

    comments: dict[int, Shown] = field(default_factory=dict)
    places: set[str] = field(default_factory=set)
    addresses: set[str] = field(default_factory=set)
    fields: dict[str, str] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


def read_page(html: str) -> Reading:
    """Take a page apart."""
    parser = HTMLParser(tree=html5lib.getTreeBuilder("etree"))
    root: Element = parser.parse(html)
    reading = Reading(faults=[f"parse error: {code} at {at}" for at, code, _data in parser.errors])
    _note(root, "", reading)
    for comment in _comments(root):
        _note_comment(comment, reading)
    return reading


def expected(name: str, body: str) -> Shown:
    """How a comment has to be shown, from what was posted."""
    return Shown(clean_name(name), tree_of(body))


@cache
def tree_of(body: str) -> Tree:
    """The tree of a posted text, printed on its own."""
    return _subtree(html5lib.parseFragment(render_comment(clean_source(body))))


@cache
def wrong_with_text(body: str) -> list[str]:
    """What the second parser finds in a posted text, printed on its own."""
    return violations(render_comment(clean_source(body)))


def differences(reading: Reading, harmless: Iterable[Reading], base_url: str) -> list[str]:
    """What a page holds outside of the texts of comments that pages of its kind with harmless comments do not."""
    known = set[str]().union(*(other.places for other in harmless))
    foreign = {there for there in reading.addresses if not there.startswith(base_url)}
    return [
        *reading.faults,
        *(f"not in the template: {place}" for place in sorted(reading.places - known)),
        *(f"leads elsewhere: {there!r}" for there in sorted(foreign)),
    ]


def wrong_comments(reading: Reading, wanted: dict[int, Shown]) -> list[str]:
    """The comments of a page that are not among those that were posted, or not shown as they should be."""
    wrong = []
    for comment_id, shown in reading.comments.items():
        right = wanted.get(comment_id)
        if right is None:
            wrong.append(f"comment {comment_id} was never posted")
        elif shown.name != right.name:
            wrong.append(f"comment {comment_id} is signed {shown.name!r}, not {right.name!r}")
        elif shown.body != right.body:
            wrong.append(f"comment {comment_id} reads {shown.body}, not {right.body}")
    return wrong


def _note(element: Element, above: str, reading: Reading) -> None:
    """Note an element and what it holds. Texts of comments are left out: they are read for themselves."""
    if not isinstance(element.tag, str):
        reading.places.add(f"{above}/a comment in the markup")
        return
    names = ",".join(sorted(element.attrib))
    classes = _COLOUR.sub("avatar-n", element.get("class", ""))  # which of twelve a name has is no matter
    here = ".".join([element.tag.removeprefix(_HTML), *classes.split()])
    place = f"{above}/{here}"
    reading.places.add(f"{place}[{names}]")
    reading.addresses.update(
        there for name in _ADDRESSES if (there := element.get(name)) is not None and not _is_own(there)
    )
    if element.get("id") and element.tag in (f"{_HTML}input", f"{_HTML}textarea"):
        reading.fields[element.attrib["id"]] = element.get("value") or element.text or ""
    if not _has_class(element, "comment-body"):
        for child in element:
            _note(child, place, reading)


def _note_comment(comment: Element, reading: Reading) -> None:
    comment_id = int(comment.get("data-comment-id") or comment.get("id", "").removeprefix("comment-") or 0)
    bodies = [element for element in comment.iter() if _has_class(element, "comment-body")]
    names = [element for element in comment.iter(f"{_HTML}bdi") if _has_class(element, "name")]
    if len(bodies) != 1 or len(names) != 1 or comment_id in reading.comments:
        reading.faults.append(f"comment {comment_id}: {len(bodies)} texts, {len(names)} names, or twice")
        return
    reading.comments[comment_id] = Shown("".join(names[0].itertext()), _subtree(bodies[0]))


def _comments(root: Element) -> Iterator[Element]:
    """`article.comment` in pages for readers, what carries an id in pages for moderators."""
    return (
        element
        for element in root.iter()
        if element.get("data-comment-id")
        or (element.tag == f"{_HTML}article" and _has_class(element, "comment"))
    )


def _subtree(root: Element) -> Tree:
    """What an element holds, without the element itself."""
    inner = [
        (one.tag, *sorted(one.attrib.items()), one.text, one.tail) for one in root.iter() if one is not root
    ]
    return (root.text or "",), *inner


def _has_class(element: Element, name: str) -> bool:
    return name in element.get("class", "").split()


def _is_own(there: str) -> bool:
    """Whether an address is a path of the site or a place in the page."""
    return there.startswith("#") or (there.startswith("/") and not there.startswith(("//", "/\\")))
