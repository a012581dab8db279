"""Passages in a printed text: found however the words are set, marked without breaking a tag."""

from __future__ import annotations

import pytest

from forum.text import holds_passage, mark_passages, render_comment


@pytest.mark.parametrize(
    ("html", "passage", "marked"),
    [
        ("<p>Dit is fout.</p>", "is fout", "<p>Dit <mark>is fout</mark>.</p>"),
        ("<p>fout en fout</p>", "fout", "<p><mark>fout</mark> en <mark>fout</mark></p>"),
        (
            "<p>Dit is <em>echt</em> fout.</p>",
            "is echt fout",
            "<p>Dit <mark>is </mark><em><mark>echt</mark></em><mark> fout</mark>.</p>",
        ),
        ("<p>Een &lt;b&gt; &amp; meer</p>", "<b> & meer", "<p>Een <mark>&lt;b&gt; &amp; meer</mark></p>"),
        ("<p>a</p><p>b</p>", "a b", "<p><mark>a</mark></p><p><mark>b</mark></p>"),
        ("<p>een<br>twee</p>", "een twee", "<p><mark>een</mark><br><mark>twee</mark></p>"),
        ("<p>aaa</p>", "aa", "<p><mark>aa</mark>a</p>"),
        ("<p>Dit</p>", "Dat", "<p>Dit</p>"),
        ("<p>Dit</p>", "", "<p>Dit</p>"),
        ("", "Dat", ""),
    ],
)
def test_a_passage_is_marked_wherever_it_stands(html: str, passage: str, marked: str) -> None:
    assert mark_passages(html, [passage]) == marked


def test_passages_may_overlap() -> None:
    assert (
        mark_passages("<p>een twee drie</p>", ["een twee", "twee drie"])
        == "<p><mark>een twee drie</mark></p>"
    )


@pytest.mark.parametrize("passage", ["", "   ", "\n"])
def test_nothing_is_no_passage(passage: str) -> None:
    assert not holds_passage("<p>Dit is een tekst.</p>", passage)


def test_a_word_is_not_found_across_two_blocks() -> None:
    assert not holds_passage("<p>voor</p><p>beeld</p>", "voorbeeld")


def test_a_word_is_found_across_a_mark_within_it() -> None:
    assert holds_passage("<p>voor<em>beeld</em></p>", "voorbeeld")


def test_a_link_keeps_its_address() -> None:
    html = render_comment("Zie [dit stuk](https://example.nl/a?b=1&c=2) eens.")

    marked = mark_passages(html, ["Zie dit stuk eens"])

    assert 'href="https://example.nl/a?b=1&amp;c=2"' in marked
    assert marked.replace("<mark>", "").replace("</mark>", "") == html


@pytest.mark.parametrize(
    "source",
    [
        "<script>alert(1)</script> x",
        "a & b < c > d &lt;img&gt;",
        "- een\n- twee\n\n> drie `vier`",
        "x" * 9_000,
    ],
)
def test_marking_adds_nothing_but_marks(source: str) -> None:
    html = render_comment(source)

    marked = mark_passages(html, ["x", "a & b", "een twee"])

    assert marked.replace("<mark>", "").replace("</mark>", "") == html
