"""A browser in words, so that people know their own sessions again. The raw User-Agent is never kept."""

from __future__ import annotations

UNKNOWN = "?"
MAX_READ_CHARS = 400

_BROWSERS = (
    ("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser/", "Samsung Internet"), ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"), ("CriOS/", "Chrome"), ("Chrome/", "Chrome"), ("Safari/", "Safari"),
)  # fmt: skip
"""What a User-Agent holds, and whose it is. Most browsers name others too, so the first that fits counts."""
_SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("CrOS", "ChromeOS"), ("Windows", "Windows"),
    ("Macintosh", "macOS"), ("Linux", "Linux"),
)  # fmt: skip


def browser_in_words(user_agent: str) -> str:
    """Such as "Firefox, Linux"; what is not known is left out, and `UNKNOWN` when nothing is."""
    read = user_agent[:MAX_READ_CHARS]
    known = (next((words for mark, words in table if mark in read), None) for table in (_BROWSERS, _SYSTEMS))
    return ", ".join(words for words in known if words) or UNKNOWN
