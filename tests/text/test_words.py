"""What is read of a printed text."""

from __future__ import annotations

import pytest

from forum.text import count_words, excerpt, is_blank, plain_text, reading_minutes, render_comment


@pytest.mark.parametrize(
    "html", ["", "<p>&nbsp;\u200b</p>", "<b></b><br>", "<p>\u3164\u2800\u0301</p>", "<p>\u200d\ufe0f</p>"]
)
def test_nothing_readable_is_blank(html: str) -> None:
    assert is_blank(html)


@pytest.mark.parametrize("html", ["<p>.</p>", "<p>👍</p>", "<p>&lt;</p>", "<p>\u0645</p>"])
def test_one_readable_character_is_not_blank(html: str) -> None:
    assert not is_blank(html)


def test_plain_text_has_a_line_for_each_block() -> None:
    html = render_comment("Dag *Noor*,\nje <3 dit\n\n- een\n- twee")

    assert plain_text(html) == "Dag Noor,\nje <3 dit\neen\ntwee"


@pytest.mark.parametrize(
    ("max_chars", "expected"),
    [(100, "Een lange zin, over iets."), (25, "Een lange zin, over iets."), (24, "Een lange zin, over…")],
)
def test_an_excerpt_ends_after_a_whole_word(max_chars: int, expected: str) -> None:
    assert excerpt("<p>Een lange zin,</p><p>over iets.</p>", max_chars) == expected


def test_punctuation_does_not_stand_before_the_dots_of_an_excerpt() -> None:
    assert excerpt("<p>Een lange zin, over iets.</p>", 16) == "Een lange zin…"


def test_an_excerpt_of_one_long_word_cuts_it_between_letters() -> None:
    word = "a" * 8 + "x\u0335" * 10

    cut = excerpt(f"<p>{word}</p>", 10)

    assert cut == "a" * 8 + "…"


@pytest.mark.parametrize("max_chars", range(1, 40))
def test_an_excerpt_is_never_longer_than_asked(max_chars: int) -> None:
    assert (
        len(excerpt("<p>Eén tweeëntwintigste - deel; van (iets) langs de e\u0335e\u0335</p>", max_chars))
        <= max_chars
    )


@pytest.mark.parametrize(
    ("html", "words"),
    [
        ("", 0),
        ("<p>foto's van na-oorlogse wijken – 1.234 stuks</p>", 6),
        ("<p>een</p><p>twee</p>", 2),
        ("<p>... — !</p>", 0),
    ],
)
def test_words_are_counted_as_people_count_them(html: str, words: int) -> None:
    assert count_words(html) == words


@pytest.mark.parametrize(("words", "minutes"), [(0, 1), (1, 1), (238, 1), (350, 1), (360, 2), (2380, 10)])
def test_reading_takes_whole_minutes_and_at_least_one(words: int, minutes: int) -> None:
    assert reading_minutes(words) == minutes
