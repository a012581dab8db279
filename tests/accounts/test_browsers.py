"""A browser is told in words that its owner knows again, and nothing of the raw string is kept."""

from __future__ import annotations

import pytest

from forum.accounts.browsers import browser_in_words

CHROME_LIKE = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0"


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox, Linux"),
        (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {CHROME_LIKE} Safari/537.36", "Chrome, Windows"),
        (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {CHROME_LIKE} Safari/537.36 Edg/140.0", "Edge, Windows"),
        (f"Mozilla/5.0 (Linux; Android 15; SM-S921B) {CHROME_LIKE} Mobile Safari/537.36", "Chrome, Android"),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)"
            " Version/18.0 Safari/605.1.15",
            "Safari, macOS",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
            " CriOS/140.0 Mobile/15E148 Safari/604.1",
            "Chrome, iPhone",
        ),
        ("curl/8.5.0 (Linux)", "Linux"),
        ("curl/8.5.0", "?"),
        ("", "?"),
    ],
)
def test_a_browser_is_told_in_words(user_agent: str, words: str) -> None:
    assert browser_in_words(user_agent) == words


@pytest.mark.parametrize("user_agent", ["<script>Firefox/1", "x" * 100_000 + "Firefox/140.0", "Edg" * 9_000])
def test_whatever_is_sent_the_words_are_from_the_table(user_agent: str) -> None:
    words = browser_in_words(user_agent)

    assert words in {"Firefox", "Edge", "?"}
