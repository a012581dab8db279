"""Films and pictures of a static site as links: nothing of another site is loaded here."""

from __future__ import annotations

import re
from html import unescape

from forum.text.links import safe_address

_ATTRIBUTE = re.compile(r"""([\w-]++)\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s"'<>]++))""")
_FILM_ID = re.compile(r"""["']?([\w-]{6,20})["']?""", re.ASCII)
_FILMS = {"youtube": "https://www.youtube.com/watch?v={}", "vimeo": "https://vimeo.com/{}"}
_FIGURES = frozenset({"figure", "img", "image"})
_FRAMES = frozenset({"iframe", "video", "audio", "source", "embed"})


def of_tag(name: str, rest: str) -> str | None:
    """A shortcode or Liquid tag as a link; None for one that is no film and no picture with a whole address."""
    attributes = _attributes(rest)
    if name in _FILMS:
        number = _FILM_ID.fullmatch(attributes.get("id") or (rest.split() or [""])[0])
        return f"<{_FILMS[name].format(number[1])}>" if number else None
    if name in _FIGURES:
        return _picture(attributes.get("src", ""), attributes.get("caption") or attributes.get("alt") or "")
    return None


def of_element(name: str, typed: str) -> str | None:
    """An HTML element as a link; None for one without a whole address, and for its end."""
    attributes = _attributes(typed)
    address = unescape(attributes.get("src", ""))
    if name == "img":
        return _picture(address, unescape(attributes.get("alt", "")))
    if name not in _FRAMES or not _is_whole(address):
        return None
    return f"<{address}>"


def _picture(address: str, words: str) -> str | None:
    if not _is_whole(address):
        return None
    plain = " ".join(re.sub(r"[\[\]]", "", words).split())
    return f"![{plain}](<{address}>)" if plain else f"<{address}>"


def _is_whole(address: str) -> bool:
    is_web = address.startswith(("https://", "http://"))
    return is_web and safe_address(address) is not None and not re.search(r"[\s<>]", address)


def _attributes(typed: str) -> dict[str, str]:
    return {
        name.lower(): double or single or bare for name, double, single, bare in _ATTRIBUTE.findall(typed)
    }
