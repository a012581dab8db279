"""Authors and other staff answer in the thread: at once, with a badge, and never without the right to."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from forum.accounts.models import RoleName
from forum.articles.models import Article, CommentPolicy
from forum.base.page_versions import bump
from forum.base.session import db, writing
from forum.comments.models import Comment, State
from tests.factories import AUTHOR, MODERATOR, Person, Site, csrf_token, make_account, make_article, signed_in
from tests.pages.pages import by_id, parse, shape, with_class, words

OTHER_AUTHOR = Person("Hanna Smit", "hanna.smit@redactie.example")


def _reply(client: FlaskClient, slug: str, body: str, parent: int | str = "", **form: str) -> Any:
    fields = {"body": body, "parent_id": str(parent), "csrf_token": csrf_token(client)} | form
    return client.post(f"/articles/{slug}/replies/new", data=fields)


def _with_role(site: Site, role: RoleName) -> FlaskClient:
    with site.app.app_context(), writing(db.session):
        account_id = make_account(db.session, Person("Femke Bos", f"{role}@redactie.example"), [role]).id
    return signed_in(site.app, account_id)


def _badge(page: str, text: str) -> str:
    (comment,) = [element for element in with_class(parse(page), "comment") if text in words(element)]
    return words(with_class(comment, "badge")[0])


def test_an_authors_answer_is_public_at_once_in_its_place_with_a_badge(both_sites: Site) -> None:
    question = both_sites.approved(source="Hoe zit dat?")

    answer = _reply(both_sites.author(), both_sites.slug, "Dat zit **zo**.", question)

    page = both_sites.reader().get(f"/articles/{both_sites.slug}").text
    (thread,) = with_class(by_id(page, "comments"), "thread")
    location = answer.headers["Location"]
    reply = location.removeprefix("/").replace("comments/", "comment-")
    assert answer.status_code == 303
    assert shape(thread) == [(f"comment-{question}", [(reply, [])])]
    assert AUTHOR.name in words(by_id(page, reply))
    assert _badge(page, "Dat zit zo.") == "auteur van dit artikel"


@pytest.mark.parametrize(
    ("role", "badge"),
    [(RoleName.MODERATOR, "moderator"), (RoleName.EDITOR, "redacteur"), (RoleName.ADMIN, "beheerder")],
)
def test_other_staff_answer_under_their_role(site: Site, role: RoleName, badge: str) -> None:
    client = _with_role(site, role)

    answer = _reply(client, site.slug, "Een antwoord van ons.")

    assert answer.status_code == 303
    shown = _badge(site.reader().get(f"/articles/{site.slug}").text, "Een antwoord van ons.")
    assert shown in {badge, role.value}


def test_an_author_answers_below_own_articles_only(both_sites: Site) -> None:
    with both_sites.app.app_context(), writing(db.session):
        other = make_account(db.session, OTHER_AUTHOR, [RoleName.AUTHOR])
        article = make_article(db.session, people=((OTHER_AUTHOR.name, None),))
        slug, account_id = article.slug, other.id

    hanna = signed_in(both_sites.app, account_id)
    answers = [
        hanna.get(f"/articles/{both_sites.slug}/replies/new"),
        _reply(hanna, both_sites.slug, "Ik praat even mee."),
        _reply(both_sites.author(), slug, "Ik ook."),
    ]
    own = _reply(hanna, slug, "Onder mijn eigen artikel.")

    assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert "Ik praat even mee." in answers[1].text
    assert own.status_code == 303
    with both_sites.app.app_context():
        assert len(db.session.scalars(select(Comment)).all()) == 1


def test_the_form_shows_what_is_answered_and_as_whom(site: Site) -> None:
    question = site.approved(source="Hoe zit dat?")

    page = site.author().get(f"/articles/{site.slug}/replies/new?parent={question}").text

    assert "Hoe zit dat?" in page
    assert AUTHOR.name in page
    assert f'name="parent_id" value="{question}"' in page


@pytest.mark.parametrize("body", ["", "   \n ", "\u200b\u200b", "<p></p>", "x" * 10_001])
def test_an_answer_that_cannot_be_published_comes_back(site: Site, body: str) -> None:
    question = site.approved(source="Hoe zit dat?")

    answer = _reply(site.author(), site.slug, body, question)

    assert answer.status_code == 422
    assert "Hoe zit dat?" in answer.text
    (area,) = list(parse(answer.text).iter("textarea"))
    assert (area.text or "").strip() == body.strip()


def test_when_the_question_is_gone_the_answer_comes_back_as_one_of_its_own(both_sites: Site) -> None:
    question = both_sites.approved(source="Hoe zit dat?")
    waiting = both_sites.comment(source="Nog niet te lezen.")

    for gone in (waiting, 987654321):
        answer = _reply(both_sites.author(), both_sites.slug, "Mijn lange antwoord.", gone)

        assert answer.status_code == 409
        assert "Mijn lange antwoord." in answer.text
        assert 'name="parent_id" value=""' in answer.text
        assert "Nog niet te lezen." not in answer.text
    assert _reply(both_sites.author(), both_sites.slug, "Mijn lange antwoord.", question).status_code == 303


def test_staff_may_answer_in_a_closed_thread(site: Site) -> None:
    with site.app.app_context(), writing(db.session):
        article = db.session.get_one(Article, site.article_id)
        article.comment_policy = CommentPolicy.CLOSED
        bump(db.session, article.page_key)

    assert _reply(site.author(), site.slug, "Nog een laatste woord.").status_code == 303
    assert "Nog een laatste woord." in site.reader().get(f"/articles/{site.slug}").text


def test_a_readers_form_never_acts_on_a_staff_session(both_sites: Site) -> None:
    answer = both_sites.post(both_sites.moderator(), name="Iemand", body="Via het gewone formulier.")

    with both_sites.app.app_context():
        (comment,) = db.session.scalars(select(Comment)).all()
        assert answer.status_code == 303
        assert (comment.state, comment.account_id, comment.badge) == (State.PENDING, None, None)


def test_an_answer_of_staff_can_be_removed_like_any_other(site: Site) -> None:
    location = _reply(site.author(), site.slug, "Dat had ik niet moeten zeggen.").headers["Location"]
    moderator = site.moderator()
    form = {"action": "remove", "reason": "off_topic", "version": "1", "csrf_token": csrf_token(moderator)}

    answer = moderator.post(f"/moderation{location}/decisions", data=form)

    assert answer.status_code == 303
    assert "niet moeten zeggen" not in site.reader().get(f"/articles/{site.slug}").text


def test_the_desk_shows_unanswered_comments_first(both_sites: Site) -> None:
    answered = both_sites.approved(source="Al beantwoord.")
    older = both_sites.approved(source="Nog te beantwoorden, ouder.")
    newer = both_sites.approved(source="Nog te beantwoorden, nieuwer.")
    both_sites.comment(source="Nog niet gelezen door een moderator.")
    author = both_sites.author()
    _reply(author, both_sites.slug, "Het antwoord.", answered)

    page = author.get("/desk").text

    shown = [words(with_class(item, "comment-body")[0]) for item in with_class(parse(page), "queue-item")]
    assert shown == ["Nog te beantwoorden, nieuwer.", "Nog te beantwoorden, ouder.", "Al beantwoord."]
    assert f"/articles/{both_sites.slug}/replies/new?parent={older}" in page
    assert newer > older


def test_the_desk_shows_own_articles_only(site: Site) -> None:
    site.approved(source="Onder het artikel van Paul.")
    with site.app.app_context(), writing(db.session):
        other = make_account(db.session, OTHER_AUTHOR, [RoleName.AUTHOR])
        make_article(db.session, title="Van Hanna", people=((OTHER_AUTHOR.name, None),))
        account_id = other.id

    hanna, paul = signed_in(site.app, account_id).get("/desk").text, site.author().get("/desk").text

    assert ("Van Hanna" in hanna, "artikel van Paul" in hanna) == (True, False)
    assert ("Van Hanna" in paul, "artikel van Paul" in paul) == (False, True)


def test_the_desk_shows_no_address_of_a_reader(site: Site) -> None:
    site.approved()

    assert "@lezers.example" not in site.author().get("/desk").text


def test_a_moderator_finds_the_way_to_the_queue_on_the_desk(site: Site) -> None:
    page = site.moderator().get("/desk").text

    assert 'href="/moderation"' in page
    assert MODERATOR.name in page


def test_the_same_answer_sent_twice_is_one_comment(both_sites: Site) -> None:
    parent_id = both_sites.approved()
    author = both_sites.author()
    form = {"body": "Dank voor je vraag.", "parent_id": str(parent_id), "csrf_token": csrf_token(author)}

    answers = [author.post(f"/articles/{both_sites.slug}/replies/new", data=form) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert answers[0].headers["Location"] == answers[1].headers["Location"]
