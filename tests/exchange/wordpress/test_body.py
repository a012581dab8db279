"""The body of a WordPress post as plain HTML: every rule by example."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from forum.exchange.wordpress.body import convert_body
from forum.text import render_article_html
from tests.proofs.text_corpus import DATA, payloads
from tests.text.second_parser import violations

BASE = "https://oud.example/2020/01/stuk/"
PLACE = "https://oud.example"


def pictures(ids: Iterable[int]) -> list[tuple[str, str]]:
    """Every attachment is known but number 404."""
    return [(f"https://foto.example/{number}.jpg", f"Foto {number}") for number in ids if number != 404]


def link(address: str, words: str = "") -> str:
    return f'<a href="{address}">{words or address}</a>'


PARAGRAPHS = [
    ("een\ntwee\n\ndrie", "<p>een<br>\ntwee</p>\n<p>drie</p>"),
    ("een<br>\ntwee", "<p>een<br>\ntwee</p>"),
    (
        "één <em>a\n\nb</em>\n<h2>Kop</h2>\nna",
        "<p>één <em>a</em></p>\n<p><em>b</em></p>\n<h2>Kop</h2>\n<p>na</p>",
    ),
    ("<ul>\n\t<li>a\n</li>\n\n\t<li>b</li>\n</ul>", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"),
    ("<pre>a\n\n  b</pre>", "<pre>a\n\n  b</pre>"),
    ("<!-- wp:paragraph -->\n<p>een\ntwee</p>\n<!-- /wp:paragraph -->", "<p>een twee</p>"),
    ("voor<!--more Lees verder-->na\n<!--nextpage-->slot", "<p>voor</p>\n<p>na</p>\n<p>slot</p>"),
    ("a<!-- opmerking -->b", "<p>ab</p>"),
]
ELEMENTS = [
    ("<h1>Een</h1><h5>Vijf</h5><h6>Zes</h6>", "<h2>Een</h2>\n<h4>Vijf</h4>\n<h4>Zes</h4>"),
    ("<s>a</s> <strike>b</strike> <kbd>c</kbd>", "<p><del>a</del> <del>b</del> <code>c</code></p>"),
    ("H<sub>2</sub>O, E=mc<sup>2</sup>, <abbr title='x'>BTW</abbr>", "<p>H2O, E=mc2, BTW</p>"),
    (
        "<dl><dt>A<dd>b<dt>C</dt><dd>d</dl>e",
        "<p><strong>A</strong></p>\n<p>b</p>\n<p><strong>C</strong></p>\n<p>d</p>\n<p>e</p>",
    ),
    ("<div>een</div><address>twee</address><center>drie</center>", "<p>een</p>\n<p>twee</p>\n<p>drie</p>"),
    ('<img src="/a/brug.jpg" alt="De brug">', f"<p>{link(PLACE + '/a/brug.jpg', 'De brug')}</p>"),
    ('<img src="brug.jpg" title="Titel">', f"<p>{link(BASE + 'brug.jpg', 'Titel')}</p>"),
    (
        '<a href="/p"><img class="alignleft" src="/k.jpg" alt="K"></a> tekst',
        f"<p>{link(PLACE + '/p', 'K')}</p>\n<p>tekst</p>",
    ),
    ('<img src="/a/oude%20brug.jpg">', f"<p>{link(PLACE + '/a/oude%20brug.jpg', 'oude brug')}</p>"),
    ('<a href="/groot.jpg"><img src="/klein.jpg"></a>', f"<p>{link(PLACE + '/groot.jpg', 'klein')}</p>"),
    ('<a href="#x"><img src="/k.jpg" alt="K"></a>', f"<p>{link(PLACE + '/k.jpg', 'K')}</p>"),
    ('<img src="data:image/gif;base64,x" data-src="/lui.jpg">', f"<p>{link(PLACE + '/lui.jpg', 'lui')}</p>"),
    ('fijn <img class="wp-smiley" src="/s.png" alt=":)">', "<p>fijn :)</p>"),
    ('tekst<img src="https://teller.example/p" width="1" height="1">', "<p>tekst</p>"),
    (
        '<figure><img src="/a.jpg" alt="A"><figcaption>Bij A</figcaption></figure>',
        f"<p>{link(PLACE + '/a.jpg', 'A')}</p>\n<p>Bij A</p>",
    ),
    (
        "<a href='javascript:x'>een</a> <a href='data:x'>twee</a> <a href='#_ftn1'>[1]</a>",
        "<p>een twee [1]</p>",
    ),
    ("<a href='http://[stuk'>kapot</a>", "<p>kapot</p>"),
    (
        "<iframe src='//www.youtube-nocookie.com/embed/abc123def?rel=0'></iframe>",
        f"<p>{link('https://www.youtube.com/watch?v=abc123def')}</p>",
    ),
    (
        "<video poster='/p.jpg'><source src='/a.mp4'><source src='/b.webm'>oud</video>na",
        f"<p>{link(PLACE + '/a.mp4')}</p>\n<p>na</p>",
    ),
    (
        "<object><param name='movie' value='https://film.example/x'><embed src='https://film.example/y'></object>",
        f"<p>{link('https://film.example/x')}</p>",
    ),
    ("<video src='/a.mp4'>open, en verder", f"<p>{link(PLACE + '/a.mp4')}</p>\n<p>open, en verder</p>"),
    ('<blockquote cite="/bron">x</blockquote>', f'<blockquote cite="{PLACE}/bron">\n<p>x</p>\n</blockquote>'),
]
SHORTCODES = [
    (
        '[caption id="a"]<a href="/p"><img src="/b.jpg" alt="Brug"></a> De brug[/caption]',
        f"<p>{link(PLACE + '/p', 'Brug')}</p>\n<p>De brug</p>",
    ),
    (
        '[caption caption="Oud &amp; nieuw"]<img src="/c.jpg">[/caption]',
        f"<p>{link(PLACE + '/c.jpg', 'c')}</p>\n<p>Oud &amp; nieuw</p>",
    ),
    (
        '[gallery ids="1,2"]',
        f"<p>{link('https://foto.example/1.jpg', 'Foto 1')}</p>\n<p>{link('https://foto.example/2.jpg', 'Foto 2')}</p>",
    ),
    ("[embed width=3]https://film.example/1[/embed]", f"<p>{link('https://film.example/1')}</p>"),
    (
        "[youtube=https://www.youtube.com/watch?v=abc123def]",
        f"<p>{link('https://www.youtube.com/watch?v=abc123def')}</p>",
    ),
    ("[youtube]abc123def[/youtube]", f"<p>{link('https://www.youtube.com/watch?v=abc123def')}</p>"),
    ("[vimeo 123456]", f"<p>{link('https://vimeo.com/123456')}</p>"),
    ("[soundcloud url=&#8221;https://geluid.example/x&#8221;]", f"<p>{link('https://geluid.example/x')}</p>"),
    ('[audio mp3="/a.mp3"][/audio]', f"<p>{link(PLACE + '/a.mp3')}</p>"),
    ("[sic] [1] […] [noot van de redactie] [[sic]]", "<p>[sic] [1] […] [noot van de redactie] [[sic]]</p>"),
    (
        '[[caption]] [[gallery ids="1"]] [[caption]x[/caption]]',
        '<p>[caption] [gallery ids="1"] [caption]x[/caption]</p>',
    ),
    (
        '<pre>[gallery ids="1"]</pre><code>[x y="1"]</code>',
        '<pre>[gallery ids="1"]</pre>\n<p><code>[x y="1"]</code></p>',
    ),
    ('<a href="https://a.example/?x[y=1]">z</a>', f"<p>{link('https://a.example/?x[y=1]', 'z')}</p>"),
]
NAMED = [
    ('voor [contact-form-7 id="4"] na', "<p>voor na</p>", {"shortcode [contact-form-7]": 1}),
    ('[kader titel="x"]woord[/kader].', "<p>woord.</p>", {"shortcode [kader]": 1}),
    ("[contact-form]", "<p>[contact-form]</p>", {"shortcode [contact-form]": 1}),
    ("x [/los]", "<p>x [/los]</p>", {"shortcode [los]": 1}),
    ("[gallery]", "", {"shortcode [gallery]": 1}),
    ('[gallery ids="404"]', "", {"shortcode [gallery]": 1}),
    ("[video]", "", {"shortcode [video]": 1}),
    ("<!-- wp:latest-posts /-->", "", {"block core/latest-posts": 1}),
    ('<!-- wp:plug/form {"a":1} /-->', "", {"block plug/form": 1}),
    ("<!-- wp:paragraph /--><!-- wp:spacer {kapot} /-->", "", {}),
    ("<iframe></iframe>x", "<p>x</p>", {"iframe without address": 1}),
    ("<img>", "", {"picture without address": 1}),
    ("a<script>x</script><style>y</style>b", "<p>ab</p>", {"element script": 1, "element style": 1}),
    (
        "<form><label>Naam</label><input><button>Ga</button></form>",
        "<p>Naam</p>",
        {"element input": 1, "element button": 1},
    ),
]
BLOCKS = [
    ('<!-- wp:gallery {"ids":[1]} /-->', [1]),
    ('<!-- wp:gallery {"ids":["1",2]} --><figure></figure><!-- /wp:gallery -->', [1, 2]),
    ('<!-- wp:image {"id":5} --><figure></figure><!-- /wp:image -->', [5]),
]


@pytest.mark.parametrize(("raw", "source"), PARAGRAPHS + ELEMENTS + SHORTCODES)
def test_a_body_becomes_plain_html(raw: str, source: str) -> None:
    body = convert_body(raw, base_url=BASE, pictures=pictures)

    assert body.source == source
    assert body.left_out == {}
    assert violations(render_article_html(body.source), profile="article") == []


@pytest.mark.parametrize(("raw", "source", "left_out"), NAMED)
def test_what_cannot_come_along_is_named(raw: str, source: str, left_out: dict[str, int]) -> None:
    body = convert_body(raw, base_url=BASE, pictures=pictures)

    assert (body.source, body.left_out) == (source, left_out)


@pytest.mark.parametrize(("raw", "ids"), BLOCKS)
def test_a_block_that_only_names_its_pictures_shows_links_to_them(raw: str, ids: list[int]) -> None:
    body = convert_body(raw, base_url=BASE, pictures=pictures)

    assert body.source == "\n".join(f"<p>{link(address, title)}</p>" for address, title in pictures(ids))


def test_a_block_with_pictures_of_its_own_asks_for_no_others() -> None:
    raw = '<!-- wp:gallery {"ids":[9]} --><figure><img src="/q.jpg" alt="Q"></figure><!-- /wp:gallery -->'

    body = convert_body(raw, base_url=BASE, pictures=pictures)

    assert body.source == f"<p>{link(PLACE + '/q.jpg', 'Q')}</p>"


def test_the_picture_behind_a_cover_is_a_link_too() -> None:
    raw = '<!-- wp:cover {"url":"/dak.jpg"} --><div><p>Tekst</p></div><!-- /wp:cover -->'

    body = convert_body(raw, base_url=BASE)

    assert body.source == f"<p>Tekst</p>\n<p>{link(PLACE + '/dak.jpg', 'dak')}</p>"


def test_pictures_by_number_are_named_when_nobody_knows_them() -> None:
    body = convert_body('[gallery ids="1"]<!-- wp:image {"id":2} /-->', base_url=BASE)

    assert body.left_out == {"shortcode [gallery]": 1, "block core/image": 1}


def test_collected_attacks_leave_nothing_that_is_not_allowed() -> None:
    if not DATA.exists():
        pytest.skip(f"no data by others at {DATA}")
    bodies = {raw: convert_body(raw, base_url=BASE) for raw in payloads()}

    found = {
        raw: violations(render_article_html(body.source), profile="article") for raw, body in bodies.items()
    }

    assert {raw: wrong for raw, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize(
    "piece",
    ["[a ", "[[a]", '[a b="', "[b][/b]", "<pre>", "<video>", "<!-- wp:x {", "<a <img ", "\n ", "<dl><dt>"],
)
def test_a_body_made_to_be_slow_is_converted(piece: str) -> None:
    body = convert_body((piece * 65_000)[:65_000], base_url=BASE, pictures=pictures)

    assert violations(render_article_html(body.source[:20_000]), profile="article") == []
