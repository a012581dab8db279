"""Reading served pages as a browser does."""

from __future__ import annotations

from xml.etree.ElementTree import Element

import html5lib


def parse(page: str) -> Element:
    """The tree of a page, without the namespace."""
    tree = html5lib.parse(page, namespaceHTMLElements=False)
    assert isinstance(tree, Element)
    return tree


def words(element: Element) -> str:
    """The visible text of an element, in single spaces."""
    return " ".join("".join(element.itertext()).split())


def by_id(page: str, wanted: str) -> Element:
    """The element with this id; there must be exactly one."""
    found = [element for element in parse(page).iter() if element.get("id") == wanted]
    assert len(found) == 1, f"{len(found)} elements have the id {wanted}"
    return found[0]


def with_class(element: Element, wanted: str) -> list[Element]:
    """Every element below with this class."""
    return [below for below in element.iter() if wanted in (below.get("class") or "").split()]


def shape(ol: Element) -> list[tuple[str, list[object]]]:
    """The nesting of a thread: id of each comment and its replies; asserts `ol > li > article.comment (+ ol)`."""
    branches: list[tuple[str, list[object]]] = []
    for li in ol:
        assert li.tag == "li"
        (article,) = [child for child in li if child.tag == "article"]
        lists = [child for child in li if child.tag == "ol"]
        assert len(lists) <= 1
        branches.append((article.get("id", ""), list(shape(lists[0])) if lists else []))
    return branches
