"""The article page as others rely on it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from forum.articles.models import Article, ArticleState, CommentPolicy
from forum.articles.service import change_slug
from forum.base.clock import utc_now
from forum.base.page_versions import bump
from forum.base.session import db, writing
from forum.comments import lifecycle
from forum.comments.models import Comment, Move
from tests.factories import AUTHOR, NOW, Site, approve, make_article, make_comment
from tests.pages.pages import by_id, parse, shape, with_class, words


def _change(site: Site, **values: object) -> None:
    with site.app.app_context(), writing(db.session):
        article = db.session.get_one(Article, site.article_id)
        for name, value in values.items():
            setattr(article, name, value)
        bump(db.session, article.page_key)


def _move(site: Site, comment_id: int, kind: Move) -> None:
    with site.app.app_context(), writing(db.session):
        comment = db.session.get_one(Comment, comment_id)
        by = lifecycle.COMMENTER if kind is Move.WITHDRAW else lifecycle.staff(site.moderator_id)
        reason = lifecycle.Reason("insult") if kind is Move.REMOVE else None
        lifecycle.move(db.session, comment, kind, by=by, version=comment.version, now=NOW, reason=reason)


def _page(site: Site, query: str = "") -> str:
    answer = site.reader().get(f"/articles/{site.slug}{query}")
    assert answer.status_code == 200
    return answer.text


def test_comments_nest_as_the_contract_says(both_sites: Site) -> None:
    first = both_sites.approved(source="Eerste reactie.")
    second = both_sites.approved(source="Tweede reactie.")
    reply = both_sites.approved(source="Antwoord op de eerste.", parent_id=first)
    deeper = both_sites.approved(source="Antwoord op het antwoord.", parent_id=reply)
    beside = both_sites.approved(source="Nog een antwoord.", parent_id=first)

    section = by_id(_page(both_sites), "comments")

    assert section.tag == "section"
    (thread,) = with_class(section, "thread")
    assert shape(thread) == [
        (f"comment-{first}", [(f"comment-{reply}", [(f"comment-{deeper}", [])]), (f"comment-{beside}", [])]),
        (f"comment-{second}", []),
    ]


def test_a_comment_has_its_text_in_one_place(site: Site) -> None:
    comment_id = site.approved(source="Eerste alinea.\n\nTweede *alinea*.")

    article = by_id(_page(site), f"comment-{comment_id}")

    assert (article.tag, "comment" in (article.get("class") or "").split()) == ("article", True)
    (body,) = with_class(article, "comment-body")
    assert (body.tag, words(body)) == ("div", "Eerste alinea. Tweede alinea.")


def test_an_id_stands_on_a_page_once(site: Site) -> None:
    for n in range(5):
        site.approved(source=f"Reactie {n}.")

    ids = [element.get("id") for element in parse(_page(site)).iter() if element.get("id")]

    assert len(ids) == len(set(ids))


def test_what_waits_is_nowhere_in_the_page(site: Site) -> None:
    site.comment(source="Dit mag nog niemand lezen.")

    assert "nog niemand" not in _page(site)


def test_an_open_thread_has_the_form(site: Site) -> None:
    form = by_id(_page(site), "comment-form")

    assert (form.tag, form.get("method"), form.get("action")) == (
        "form",
        "post",
        f"/articles/{site.slug}/comments",
    )
    names = {field.get("name") for tag in ("input", "textarea") for field in form.iter(tag)}
    assert {"name", "email", "website", "body", "parent_id", "submission_id"} <= names
    values = [field.get("value") for field in form.iter("input") if field.get("name") == "submission_id"]
    assert values == [""]


@pytest.mark.parametrize(
    "closed",
    [{"comment_policy": CommentPolicy.CLOSED}, {"comments_close_at": utc_now() - timedelta(minutes=1)}],
    ids=["policy", "time"],
)
def test_a_closed_thread_has_no_form_and_no_reply_links(site: Site, closed: dict[str, object]) -> None:
    site.approved()
    _change(site, **closed)

    page = _page(site)

    assert 'id="comment-form"' not in page
    assert "/comments/new" not in page
    assert site.reader().get(f"/articles/{site.slug}/comments/new").status_code == 403


def test_the_closing_time_ends_a_kept_page_by_the_clock(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    closes_at = utc_now() + timedelta(seconds=30)
    _change(site, comments_close_at=closes_at)
    before = _page(site)
    monkeypatch.setattr(site.app.wsgi_app, "_now", lambda: closes_at)
    monkeypatch.setattr("forum.pages.views.utc_now", lambda: closes_at)

    after = _page(site)

    assert 'id="comment-form"' in before
    assert 'id="comment-form"' not in after


def test_a_former_address_leads_to_the_present_one(both_sites: Site) -> None:
    with both_sites.app.app_context(), writing(db.session):
        change_slug(db.session, db.session.get_one(Article, both_sites.article_id), "een-nieuw-adres")

    answer = both_sites.reader().get(f"/articles/{both_sites.slug}")

    assert (answer.status_code, answer.headers["Location"]) == (301, "/articles/een-nieuw-adres")


@pytest.mark.parametrize(
    "hidden",
    [
        {"state": ArticleState.DRAFT},
        {"state": ArticleState.PRIVATE},
        {"published_at": utc_now() + timedelta(days=300)},
    ],
    ids=["draft", "private", "scheduled"],
)
def test_what_is_not_public_is_not_found_and_takes_no_comment(site: Site, hidden: dict[str, Any]) -> None:
    with site.app.app_context(), writing(db.session):
        slug = make_article(db.session, title="Nog geheim", **hidden).slug
    reader = site.reader()

    answers = [
        reader.get(f"/articles/{slug}"),
        reader.get(f"/articles/{slug}/comments/new"),
        reader.post(f"/articles/{slug}/comments", data={"body": "Wat ik schreef."}),
        site.author().get(f"/articles/{slug}/replies/new"),
    ]

    assert [answer.status_code for answer in answers] == [404, 404, 404, 404]
    assert not any("Nog geheim" in answer.text for answer in answers)
    assert "Wat ik schreef." in answers[2].text


def test_a_scheduled_article_appears_by_the_clock(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    moment = utc_now() + timedelta(minutes=5)
    with site.app.app_context(), writing(db.session):
        make_article(db.session, title="Straks te lezen", published_at=moment)
    before = site.reader().get("/").text

    monkeypatch.setattr(site.app.wsgi_app, "_now", lambda: moment)
    monkeypatch.setattr("forum.pages.views.utc_now", lambda: moment)
    after = site.reader().get("/").text

    assert ("Straks te lezen" in before, "Straks te lezen" in after) == (False, True)


@pytest.mark.parametrize(
    "query",
    [
        "?page=2",
        "?page=0",
        "?page=x",
        "?page=",
        "?branch=999",
        "?branch=x",
        "?branch=0",
        "?all=1&page=2",
        "?page=" + "9" * 40,
    ],
)
def test_a_page_beyond_the_end_is_not_found(site: Site, query: str) -> None:
    site.approved()

    assert site.reader().get(f"/articles/{site.slug}{query}").status_code == 404


@pytest.mark.parametrize(
    "query", ["?utm_source=post", "?sort=best", "?all=yes", "?x[]=%FF&y=%00", "?page=1&&="]
)
def test_unknown_parameters_change_nothing(site: Site, query: str) -> None:
    site.approved()

    assert _page(site, query) == _page(site, "?page=1" if "page=1" in query else "")


def test_a_long_thread_comes_page_by_page(site: Site) -> None:
    ids = [site.approved(source=f"Reactie nummer {n}.") for n in range(27)]

    pages = [_page(site, query) for query in ("", "?page=2", "?sort=newest", "?all=1")]

    shown = [[article.get("id") for article in with_class(parse(page), "comment")] for page in pages]
    assert shown[0] == [f"comment-{n}" for n in ids[:25]]
    assert shown[1] == [f"comment-{n}" for n in ids[25:]]
    assert shown[2] == [f"comment-{n}" for n in reversed(ids[2:])]
    assert shown[3] == [f"comment-{n}" for n in ids]


def test_a_removed_comment_with_answers_keeps_its_place_without_its_words(both_sites: Site) -> None:
    first = both_sites.approved(source="Dit wordt weggehaald.", website="https://geheim.example/")
    reply = both_sites.approved(source="Het antwoord blijft.", parent_id=first)
    _move(both_sites, first, Move.REMOVE)

    page = _page(both_sites)

    (thread,) = with_class(by_id(page, "comments"), "thread")
    assert shape(thread) == [(f"comment-{first}", [(f"comment-{reply}", [])])]
    assert "weggehaald" not in page
    assert "geheim.example" not in page
    assert both_sites.reader().get(f"/comments/{first}").status_code == 302


def test_a_comment_that_is_not_public_answers_like_one_that_never_was(site: Site) -> None:
    waiting, removed = site.comment(source="Wacht nog."), site.approved(source="Weg ermee.")
    _move(site, removed, Move.REMOVE)
    reader = site.reader()

    answers = [reader.get(f"/comments/{n}") for n in (waiting, removed, 987654321)]

    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert len({answer.text for answer in answers}) == 1


def test_a_permalink_leads_to_the_page_that_holds_the_comment(both_sites: Site) -> None:
    ids = [both_sites.approved(source=f"Reactie nummer {n}.") for n in range(26)]

    answers = [both_sites.reader().get(f"/comments/{n}") for n in (ids[0], ids[-1])]

    assert [answer.status_code for answer in answers] == [302, 302]
    assert [answer.headers["Location"] for answer in answers] == [
        f"/articles/{both_sites.slug}#comment-{ids[0]}",
        f"/articles/{both_sites.slug}?page=2#comment-{ids[-1]}",
    ]
    assert answers[0].headers["Cache-Control"] == "no-store"


def test_the_page_tells_who_wrote_it_when_and_how_often_it_was_read(site: Site) -> None:
    _change(
        site, view_count=2261, lede="Waar het over gaat.", source_name="De Bron", source_reporter="Els Vos"
    )

    page = _page(site)
    text = words(parse(page))

    assert AUTHOR.name in text
    assert "adviseur bij Kennisbank Samenleven" in text
    assert "19 november 2026" in text
    assert "2.261" in words(with_class(parse(page), "views")[0])
    assert "De Bron" in text
    assert "Els Vos" in text


def test_a_view_is_counted_and_shown_within_a_minute(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    for agent in ("Lezer/1", "Lezer/2", "Lezer/2"):
        site.reader().get(f"/articles/{site.slug}", headers={"User-Agent": agent})
    site.app.extensions["forum_view_counts"].flush()

    monkeypatch.setattr(site.app.wsgi_app, "_now", lambda: utc_now() + timedelta(seconds=61))

    assert "2" in words(with_class(parse(_page(site)), "views")[0])


def test_a_name_with_a_website_is_a_link_that_vouches_for_nothing(site: Site) -> None:
    comment_id = site.approved(website="https://noor.example/")

    (link, *_) = by_id(_page(site), f"comment-{comment_id}").iter("a")

    assert link.get("href") == "https://noor.example/"
    assert set((link.get("rel") or "").split()) == {"ugc", "nofollow", "noopener", "noreferrer"}


def test_an_approved_comment_of_the_front_pages_count_is_shown_there_too(site: Site) -> None:
    before = site.reader().get("/").text
    with site.app.app_context(), writing(db.session):
        article = db.session.get_one(Article, site.article_id)
        approve(db.session, make_comment(db.session, article), by=site.moderator_id)

    assert site.reader().get("/").text != before
