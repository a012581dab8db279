"""What a discussion's page offers to whoever reads it: orders, summaries, the author's answers, news."""

from __future__ import annotations

import json
from xml.etree.ElementTree import Element

import pytest

from forum.base.session import db, writing
from forum.comments import lifecycle, thread
from forum.comments.models import Badge, Comment, Move
from tests.factories import AUTHOR, NOW, READER, Site
from tests.pages.pages import by_id, parse, with_class, words


def _page(site: Site, query: str = "") -> str:
    answer = site.reader().get(f"/articles/{site.slug}{query}")
    assert answer.status_code == 200
    return answer.text


def _answer_of_the_author(site: Site, parent_id: int) -> int:
    comment_id = site.approved(name=AUTHOR.name, source="Dank voor je vraag.", parent_id=parent_id)
    with site.app.app_context(), writing(db.session):
        db.session.get_one(Comment, comment_id).badge = Badge.AUTHOR
    return comment_id


def _withdraw(site: Site, comment_id: int) -> None:
    with site.app.app_context(), writing(db.session):
        comment = db.session.get_one(Comment, comment_id)
        lifecycle.move(
            db.session, comment, Move.WITHDRAW, by=lifecycle.COMMENTER, version=comment.version, now=NOW
        )


def _links(element: Element) -> list[str]:
    return [link.get("href", "") for link in element.iter("a")]


def test_each_comment_has_a_heading_that_names_it(site: Site) -> None:
    shown, gone = site.approved(), site.approved()
    site.approved(parent_id=gone)
    _withdraw(site, gone)
    page = _page(site)

    for comment_id, expected in (
        (shown, f"1. {READER.name}"), (gone, "2. De schrijver heeft deze reactie ingetrokken."),
    ):  # fmt: skip
        article = by_id(page, f"comment-{comment_id}")
        heading = by_id(page, article.get("aria-labelledby", ""))
        assert (heading.tag, words(heading)) == ("h3", expected)


def test_the_time_of_a_comment_is_its_permalink_in_the_order_of_the_page(site: Site) -> None:
    comment_id = site.approved()

    comments = [by_id(_page(site, query), f"comment-{comment_id}") for query in ("", "?sort=newest")]
    links = [link for comment in comments for link in comment.iter("a") if link.find("time") is not None]

    assert [link.get("href") for link in links] == [
        f"/comments/{comment_id}", f"/comments/{comment_id}?sort=newest",
    ]  # fmt: skip


def test_a_permalink_keeps_the_order_of_the_link(both_sites: Site) -> None:
    ids = [both_sites.approved(source=f"Reactie nummer {n}.") for n in range(26)]

    answers = [both_sites.reader().get(f"/comments/{n}?sort=newest") for n in (ids[0], ids[-1])]

    assert [answer.headers["Location"] for answer in answers] == [
        f"/articles/{both_sites.slug}?sort=newest&page=2#comment-{ids[0]}",
        f"/articles/{both_sites.slug}?sort=newest#comment-{ids[-1]}",
    ]


def test_a_branch_is_summed_up_above_its_answers(site: Site) -> None:
    top = site.approved()
    reply = site.approved(parent_id=top)
    site.approved(parent_id=reply, name="Els Vos")
    site.approved(parent_id=top)
    site.approved()

    (summary,) = with_class(by_id(_page(site), "comments"), "branch-summary")

    assert words(summary) == "3 antwoorden van 2 namen"


def test_nothing_is_folded_hidden_or_left_to_scripts(site: Site) -> None:
    top = site.approved()
    site.approved(parent_id=top)

    section = by_id(_page(site), "comments")

    assert not [element for element in with_class(section, "thread")[0].iter() if "hidden" in element.attrib]
    assert not list(with_class(section, "thread")[0].iter("button"))


def test_a_question_leads_to_the_answer_of_the_author(site: Site) -> None:
    question, other = site.approved(), site.approved()
    site.approved(parent_id=question)
    answer = _answer_of_the_author(site, question)
    page = _page(site)

    (link,) = with_class(by_id(page, f"comment-{question}"), "to-author")

    assert (link.get("href"), words(link)) == (f"#comment-{answer}", "De auteur antwoordde")
    assert not with_class(by_id(page, f"comment-{other}"), "to-author")


def test_the_answers_of_the_author_are_a_page_of_their_own_that_anyone_may_keep(site: Site) -> None:
    question, other = site.approved(), site.approved()
    site.approved(parent_id=question, source="Dat vroeg ik me ook af.")
    answer = _answer_of_the_author(site, question)

    served = site.reader().get(f"/articles/{site.slug}?by=author")

    shown = [article.get("id") for article in with_class(parse(served.text), "comment")]
    assert shown == [f"comment-{question}", f"comment-{answer}"]
    assert f"comment-{other}" not in served.text
    assert served.headers["Cache-Control"] == "public, no-cache"
    assert f"/articles/{site.slug}#comments" in _links(by_id(served.text, "comments"))


def test_the_way_to_the_answers_of_the_author_is_shown_when_there_are_any(site: Site) -> None:
    question, _ = site.approved(), site.approved()
    without = _page(site)
    _answer_of_the_author(site, question)
    site.approved()

    (row,) = with_class(by_id(_page(site), "comments"), "sort")

    assert "by=author" not in without
    assert "1 antwoord van de auteur" in words(row)
    assert f"/articles/{site.slug}?by=author#comments" in _links(row)


def test_an_unknown_filter_changes_nothing(site: Site) -> None:
    site.approved()

    assert _page(site, "?by=anyone") == _page(site)


def test_without_answers_of_the_author_their_page_says_so(site: Site) -> None:
    site.approved()

    (empty,) = with_class(by_id(_page(site, "?by=author"), "comments"), "empty")

    assert words(empty) == "De auteur heeft hier niet geantwoord."


@pytest.mark.parametrize(("sort", "told"), [("", "oudste"), ("&sort=newest", "nieuwste")])
def test_a_whole_thread_that_is_cut_says_so(
    site: Site, monkeypatch: pytest.MonkeyPatch, sort: str, told: str
) -> None:
    monkeypatch.setattr(thread, "MAX_WHOLE_THREAD", 2)
    ids = [site.approved(source=f"Reactie nummer {n}.") for n in range(3)]

    page = _page(site, f"?all=1{sort}")

    shown = [article.get("id") for article in with_class(parse(page), "comment")]
    assert shown == [f"comment-{n}" for n in (ids[:2] if not sort else ids[:0:-1])]
    (notice, *_) = with_class(by_id(page, "comments"), "notice")
    assert told in words(notice)


def test_the_order_is_kept_by_every_way_through_the_thread(site: Site) -> None:
    for n in range(26):
        site.approved(source=f"Reactie nummer {n}.")

    (more,) = with_class(by_id(_page(site, "?sort=newest"), "comments"), "more-comments")

    assert _links(more) == [f"/articles/{site.slug}?page=2&sort=newest#comments"]


def test_the_last_page_offers_no_more_comments(site: Site) -> None:
    site.approved()

    assert not with_class(by_id(_page(site), "comments"), "more-comments")


def test_the_last_published_comments_are_told_to_a_page_that_is_read(both_sites: Site) -> None:
    first, second = both_sites.approved(), both_sites.approved()
    both_sites.comment(source="Wacht nog.")
    section = by_id(_page(both_sites), "comments")

    answer = both_sites.reader().get(section.get("data-watch", ""))

    assert answer.json == {"newest": [[2, second], [1, first]]}
    assert json.loads(section.get("data-newest", "")) == answer.json["newest"]
    assert answer.headers["Cache-Control"] == "public, no-cache"
    again = both_sites.reader().get(
        section.get("data-watch", ""), headers={"If-None-Match": answer.headers["ETag"]}
    )
    assert again.status_code == 304


def test_there_is_no_news_of_an_article_that_is_not_there(site: Site) -> None:
    assert site.reader().get("/articles/bestaat-niet/comments/latest").status_code == 404
