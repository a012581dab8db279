"""The addresses of an old article: made whole against the place where it stood, players' turned into pages'."""

from __future__ import annotations

import re
from html import escape
from urllib.parse import unquote, urljoin, urlsplit

from forum.text.links import safe_address

_PLAYERS = [
    (
        re.compile(
            r"https?://(?:www\.)?youtube(?:-nocookie)?\.com/(?:embed|v)/(?!videoseries)([\w-]{6,})(?![\w-]).*"
        ),
        r"https://www.youtube.com/watch?v=\1",
    ),
    (re.compile(r"https?://player\.vimeo\.com/video/([0-9]+)(?![0-9]).*"), r"https://vimeo.com/\1"),
    (
        re.compile(r"https?://(?:www\.)?dailymotion\.com/embed/video/(\w+).*"),
        r"https://www.dailymotion.com/video/\1",
    ),
]
_BREAKS = re.compile("[\t\n\r]")


def whole_address(raw: str, base_url: str) -> str | None:
    """An address as a link may carry it, from wherever in the old article; None when it leads nowhere.

    A place in the page itself (`#note`) is nowhere: the old page is what is being replaced.
    """
    raw = _BREAKS.sub("", raw.strip())
    if not raw or raw.startswith("#"):
        return None
    try:
        return safe_address(urljoin(base_url, raw))
    except ValueError:  # "http://[broken": no address
        return None


def page_address(raw: str, base_url: str) -> str | None:
    """As :func:`whole_address`, and the page of a film rather than its bare player."""
    address = whole_address(raw, base_url)
    for player, page in _PLAYERS:
        if address and player.fullmatch(address):
            return player.sub(page, address)
    return address


def file_words(address: str) -> str:
    """What a file is called, without the ending: with it, it would read like a host."""
    name = unquote(urlsplit(address).path.rpartition("/")[2])
    return name.rpartition(".")[0] or name or address


def link(address: str, words: str = "") -> str:
    """A link as HTML; without words it shows its address."""
    return f'<a href="{escape(address)}">{escape(words or address, quote=False)}</a>'
