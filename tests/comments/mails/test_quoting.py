"""Visitors' words in mails to others: to be read, not to be clicked."""

from __future__ import annotations

import re

import pytest

from forum.comments.mails.quoting import QUOTED_CHARS, disarmed, quoted
from forum.text import render_comment

LOOKS_LIKE_A_LINK = re.compile(r"//|www[.。．｡]|(mailto|tel):|\S[.。．｡․﹒](?=\w)|[@＠]\w", re.IGNORECASE)
"""Far more than any mail program takes for one."""


@pytest.mark.parametrize(
    "text",
    [
        "https://kwaad.example/pad?x=1",
        "HTTPS://KWAAD.EXAMPLE",
        "http://gebruiker:geheim@kwaad.example:8080/",
        "ftp://kwaad.example",
        "www.kwaad.example",
        "kwaad.com",
        "een.kwaad.nl.",
        "(kwaad.nl)",
        "mailto:noor@lezers.example",
        "noor.de.wit@lezers.example",
        "noor+lijst@lezers.example!",
        "https://xn--kwd-0na.example",
        "https://kwâad.example",
        "evil.com-",
        "evil.com-/pad",
        "--> www.evil.com--",
        "a.b.c.d.e.f.g.h.i.evil.com/x",
        "evil.xn--p1ai",
        "1.2.3.4/x",
        "1.2/x",
        "123.456.789.012",
        ".evil.com",
        "evil。com",
        "evil．com",
        "evil｡com",
        "evil․com",
        "evil..com",
        "//evil/pad",
        "x:////evil.com",
        "http:evil.com",
        "http：//evil.com",
        "_mailto:noor",
        "noor＠lezers.example",
        '"noor de wit"@lezers.example',
        "WWW.",
        "www.-evil",
        "Ja.Nee",
    ],
)
def test_nothing_is_left_that_a_mail_program_makes_a_link_of(text: str) -> None:
    left = disarmed(text)

    assert not LOOKS_LIKE_A_LINK.search(left.replace("[//]", "").replace("[:]//", ""))
    assert "<a " not in render_comment(left)


@pytest.mark.parametrize(
    "text",
    [
        "Een buurthuis draait op mensen, niet op regels.",
        "Het kost 2.500 euro per jaar (zie art. 6).",
        "Om 9.30 uur. Daarna koffie...",
        "Tussen 3:2 en 4:1: wat een wedstrijd!",
        "Het kost 12.50, of (2.500).",
        "Nee... Ja. En (dat ook.) toch.",
        "",
    ],
)
def test_plain_words_stay_as_they_are(text: str) -> None:
    assert disarmed(text) == text


def test_a_link_can_still_be_read() -> None:
    assert disarmed("Zie https://buurt.example/huis") == "Zie https[:]//buurt[.]example/huis"


def test_what_only_looks_like_an_amount_is_broken_too() -> None:
    assert disarmed("1.234/pad x1.234 1.2.3.4") == "1[.]234/pad x1[.]234 1[.]2[.]3[.]4"


def test_marks_are_left_out_of_a_quotation() -> None:
    html = "<p>Kijk <strong>hier</strong>:</p><p>&lt;script&gt;</p>"

    assert quoted(html) == "Kijk hier: <script>"


def test_a_quotation_is_short_and_ends_with_a_word() -> None:
    shortened = quoted("<p>" + "woord " * 1_000 + "</p>")

    assert len(shortened) <= QUOTED_CHARS + 1
    assert shortened.endswith("woord…")


@pytest.mark.parametrize("text", ["a." * 20_000, "@" * 20_000, "a@" * 20_000, "x:" * 20_000, "a-" * 20_000])
def test_hostile_texts_of_the_longest_kind_are_no_work(text: str) -> None:
    assert disarmed(text[:600])
