"""The front page: what is published, newest first."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from forum.articles.models import Article, ArticleKind, ArticleState
from forum.base.clock import utc_now
from forum.base.session import db, writing
from tests.factories import AUTHOR, Site, approve, make_article, make_comment
from tests.pages.pages import parse, with_class, words


def _article(site: Site, **values: Any) -> int:
    with site.app.app_context(), writing(db.session):
        return make_article(db.session, **values).id


def _titles(page: str) -> list[str]:
    return [words(h2) for teaser in with_class(parse(page), "teaser") for h2 in teaser.iter("h2")]


def test_published_articles_stand_newest_first(site: Site) -> None:
    now = utc_now()
    for days, title in ((3, "Derde"), (1, "Eerste"), (2, "Tweede")):
        _article(site, title=title, published_at=now - timedelta(days=days, hours=-1))

    titles = _titles(site.reader().get("/").text)

    assert [title for title in titles if title != "Een buurthuis is geen bedrijf"] == [
        "Eerste",
        "Tweede",
        "Derde",
    ]


def test_a_teaser_gives_lede_byline_date_and_number_of_comments(both_sites: Site) -> None:
    article_id = _article(
        both_sites, title="Met alles erop", lede="Waar het over gaat.", people=((AUTHOR.name, "adviseur"),)
    )
    with both_sites.app.app_context(), writing(db.session):
        article = db.session.get_one(Article, article_id)
        for n in range(3):
            comment = make_comment(db.session, article, source=f"Reactie nummer {n}.")
            if n:
                approve(db.session, comment, by=both_sites.moderator_id)

    teasers = with_class(parse(both_sites.reader().get("/").text), "teaser")

    (teaser,) = [words(teaser) for teaser in teasers if "Met alles erop" in words(teaser)]
    assert "Waar het over gaat." in teaser
    assert f"{AUTHOR.name}, adviseur" in teaser
    assert "19 november 2026" in teaser
    assert "2 reacties" in teaser or "2 comments" in teaser


@pytest.mark.parametrize(
    "hidden",
    [
        {"state": ArticleState.DRAFT},
        {"state": ArticleState.PRIVATE},
        {"published_at": utc_now() + timedelta(days=300)},
        {"kind": ArticleKind.PAGE, "state": ArticleState.DRAFT},
    ],
    ids=["draft", "private", "scheduled", "draft of a page"],
)
def test_what_is_not_published_stays_off_the_front_page(site: Site, hidden: dict[str, Any]) -> None:
    _article(site, title="Staat er niet", **hidden)

    assert "Staat er niet" not in site.reader().get("/").text


def test_a_page_is_no_news_and_stands_in_the_footer_only(site: Site) -> None:
    _article(site, title="Over ons", kind=ArticleKind.PAGE)

    page = site.reader().get("/").text

    assert "Over ons" not in _titles(page)
    assert "Over ons" in words(with_class(parse(page), "site-footer")[0])


def test_a_page_beyond_the_end_is_not_found(site: Site) -> None:
    for n in range(20):
        _article(site, title=f"Artikel {n}")

    answers = [site.reader().get(f"/?page={n}").status_code for n in (1, 2, 3)]

    assert answers == [200, 200, 404]


@pytest.mark.parametrize("page", ["0", "-1", "x", "1.5", "", "%00", "9" * 30])
def test_a_page_that_is_no_number_is_not_found(site: Site, page: str) -> None:
    assert site.reader().get(f"/?page={page}").status_code == 404


def test_an_empty_front_page_says_so(client: Any) -> None:
    answer = client.get("/")

    assert answer.status_code == 200
    assert with_class(parse(answer.text), "empty")
