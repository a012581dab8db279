"""The look of every page: its choice, its tokens, its contrast."""

from __future__ import annotations

import math
import re
from typing import Any, NoReturn

import pytest
from flask import Flask, get_template_attribute
from sqlalchemy.exc import OperationalError

from forum.articles.models import ArticleKind, ArticleState
from forum.base.clock import utc_now
from forum.base.session import db, writing
from forum.config import PROJECT_ROOT
from tests.factories import Site, csrf_token, make_article
from tests.pages.pages import parse, with_class, words

TOKENS = (PROJECT_ROOT / "static" / "css" / "tokens.css").read_text(encoding="utf-8")
COMPONENTS = (PROJECT_ROOT / "static" / "css" / "components.css").read_text(encoding="utf-8")
COLOURS = re.findall(r"--([a-z-]+): light-dark\((#[0-9a-f]+), (#[0-9a-f]+)\)", TOKENS)
LOOKS = ("light", "dark")
Rgb = tuple[float, float, float]
AA_TEXT, AA_PARTS = 4.5, 3.0
"""WCAG 2.2: the least contrast of text (1.4.3), and of the parts that show what can be pressed (1.4.11)."""

TEXT_ON_GROUND = [
    (text, ground)
    for grounds, texts in {
        ("paper", "raised", "sunken", "tint"): ("ink", "muted", "accent"),
        ("paper", "raised", "error-tint"): ("error", "ink"),
        ("paper", "warning-tint"): ("warning", "ink"),
        ("paper", "success-tint"): ("success", "ink"),
        ("accent", "accent-deep"): ("on-accent",),
    }.items()
    for ground in grounds
    for text in texts
] + [("paper", "error")]


def _colour(name: str, look: str) -> Rgb:
    (pair,) = [(light, dark) for token, light, dark in COLOURS if token == name]
    digits = pair[LOOKS.index(look)][1:]
    digits = "".join(digit * 2 for digit in digits) if len(digits) == 3 else digits
    red, green, blue = (int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4))
    return tuple(v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in (red, green, blue))  # type: ignore[return-value]


def _oklch(lightness: float, chroma: float, hue: float) -> Rgb:
    """Linear sRGB of an OKLCH colour, cut to what a screen shows. After Björn Ottosson's definition of Oklab."""
    a, b = chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    linear = (
        4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short,
    )
    red, green, blue = (min(1.0, max(0.0, value)) for value in linear)
    return red, green, blue


def _contrast(one: Rgb, other: Rgb) -> float:
    """The contrast ratio of WCAG."""
    darker, lighter = sorted(0.2126 * r + 0.7152 * g + 0.0722 * b for r, g, b in (one, other))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize(("text", "ground"), TEXT_ON_GROUND)
def test_text_stands_out_from_its_ground(text: str, ground: str, look: str) -> None:
    assert _contrast(_colour(text, look), _colour(ground, look)) >= AA_TEXT


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("part", ["line-strong", "accent", "error"])
def test_what_can_be_pressed_or_filled_in_stands_out(part: str, look: str) -> None:
    for ground in ("paper", "raised", "sunken"):
        assert _contrast(_colour(part, look), _colour(ground, look)) >= AA_PARTS


@pytest.mark.parametrize("look", LOOKS)
def test_initials_stand_out_on_every_one_of_the_twelve_colours(look: str) -> None:
    hues = [float(hue) for hue in re.findall(r"\.avatar-\d+ \{ --hue: (\d+); \}", COMPONENTS)]
    ground, text = (
        [
            (float(lightness), float(chroma))
            for lightness, chroma in re.findall(r"oklch\(([\d.]+) ([\d.]+) ", rule)
        ]
        for rule in re.findall(r"(?:background|fill): (light-dark\(oklch.*)", COMPONENTS)
    )
    at = LOOKS.index(look)

    contrasts = [_contrast(_oklch(*ground[at], hue), _oklch(*text[at], hue)) for hue in hues]

    assert len(hues) == len(set(hues)) == 12
    assert min(contrasts) >= AA_TEXT


def test_no_other_style_sheet_sets_a_colour() -> None:
    """A publisher changes the look in one file. On paper black is black, and faces are reckoned from one hue each."""
    sheets = [
        file
        for file in (PROJECT_ROOT / "static" / "css").glob("*.css")
        if file.name not in {"tokens.css", "print.css"}
    ]
    found = [
        (file.name, colour)
        for file in sheets
        for colour in re.findall(r"#[0-9a-f]{3,8}\b(?=[;,) ])|rgb\(|hsl\(", file.read_text(encoding="utf-8"))
    ]

    assert not found


def test_every_token_that_is_used_exists() -> None:
    sheets = "\n".join(
        file.read_text(encoding="utf-8") for file in (PROJECT_ROOT / "static" / "css").glob("*.css")
    )

    used, made = set(re.findall(r"var\(--([\w-]+)", sheets)), set(re.findall(r"--([\w-]+):", sheets))

    assert used <= made


@pytest.mark.parametrize("path", ["/", "/privacy", "/login", "/nergens", "/articles/{slug}"])
def test_the_choice_of_colours_is_hidden_until_a_script_shows_it(site: Site, path: str) -> None:
    page = parse(site.reader().get(path.format(slug=site.slug)).text)

    (choice,) = with_class(page, "themes")

    assert choice.get("hidden") is not None
    assert [radio.get("value") for radio in choice.iter("input")] == ["light", "dark", "auto"]
    assert not [radio for radio in choice.iter("input") if radio.get("checked") is not None]
    assert page.get("data-theme") is None


def test_the_theme_is_set_before_the_page_is_painted(site: Site) -> None:
    head = site.reader().get("/").text.partition("</head>")[0]

    assert re.search(r'<script src="/assets/[0-9a-f]+/theme\.js"></script>', head)


def _with_pages(site: Site, **values: Any) -> None:
    with site.app.app_context(), writing(db.session):
        make_article(db.session, **({"kind": ArticleKind.PAGE} | values))


def _footer(page: str) -> str:
    return words(with_class(parse(page), "site-footer")[0])


def test_the_front_page_links_to_published_pages_by_title(both_sites: Site) -> None:
    for title in ("Zo werken wij", "adverteren", "Over ons"):
        _with_pages(both_sites, title=title)
    _with_pages(both_sites, title="Nog niet af", state=ArticleState.DRAFT)

    footer = _footer(both_sites.reader().get("/").text)

    assert footer.startswith("adverteren Over ons Zo werken wij")
    assert "Nog niet af" not in footer


def test_a_page_that_is_published_shows_in_the_footer_at_once(site: Site) -> None:
    before = _footer(site.reader().get("/").text)

    _with_pages(site, title="Over ons", published_at=utc_now())

    assert "Over ons" not in before
    assert "Over ons" in _footer(site.reader().get("/").text)


def test_an_article_in_another_language_says_so_where_it_is_and_nowhere_else(site: Site) -> None:
    with site.app.app_context(), writing(db.session):
        slug = make_article(db.session, lang="en", title="A house is no business", lede="In short.").slug

    article = with_class(parse(site.reader().get(f"/articles/{slug}").text), "article")[0]

    assert {element.tag for element in article.iter() if element.get("lang") == "en"} == {"h1", "p", "div"}
    assert not [element for element in article.iter() if element.get("lang") == "nl"]
    assert article.get("lang") is None


@pytest.mark.parametrize("kind", ["success", "warning", "error"])
def test_a_notice_tells_its_kind_in_a_word_too(sqlite_app: Flask, kind: str) -> None:
    with sqlite_app.test_request_context():
        shown = str(get_template_attribute("components/messages.html", "notice")(kind, "De tekst."))

    assert with_class(parse(shown), "visually-hidden")


def test_an_error_summary_leads_to_each_field_and_puts_the_rest_first(sqlite_app: Flask) -> None:
    errors = {"name": "Vul je naam in.", "form": "Verlopen.", "body": "Schrijf iets."}
    with sqlite_app.test_request_context():
        shown = str(
            get_template_attribute("components/messages.html", "error_summary")(errors, ["body", "name"])
        )

    items = list(parse(shown).iter("li"))
    assert [words(item) for item in items] == ["Verlopen.", "Schrijf iets.", "Vul je naam in."]
    assert [link.get("href") for link in parse(shown).iter("a")] == ["#body", "#name"]


def test_no_error_summary_is_made_of_nothing(sqlite_app: Flask) -> None:
    with sqlite_app.test_request_context():
        shown = str(get_template_attribute("components/messages.html", "error_summary")({}))

    assert not shown.strip()


def _away(*_: object, **__: object) -> NoReturn:
    raise OperationalError("SELECT 1", {}, Exception("away"))


def test_while_the_database_is_away_the_page_offers_another_try(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("forum.pages.views.read_front_page", _away)

    answer = site.reader().get("/")

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
    assert [link.get("href") for link in with_class(parse(answer.text), "button")] == [""]


def test_a_post_that_met_no_database_offers_no_other_try_but_its_text(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    moderator = site.moderator()
    token = csrf_token(moderator)
    monkeypatch.setattr("forum.moderation.decisions.decide", _away)

    answer = moderator.post(
        f"/moderation/comments/{site.comment()}/decisions",
        data={"csrf_token": token, "action": "approve", "version": "1", "note": "Met zorg getypt."},
    )

    assert answer.status_code == 503
    assert "Met zorg getypt." in answer.text
    assert not with_class(parse(answer.text), "button")
