"""Unsubscribing: exactly this or all, by a person or by a mail program, without signing in, as often as one likes."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from forum.accounts.mail_preferences import cadence_of, preference_of
from forum.accounts.models import Account, Cadence, MailTopic
from forum.comments import lifecycle
from forum.comments.models import Comment, Commenter, Follow, Move
from tests.comments.mails.post import NEIGHBOUR, Post
from tests.comments.proving.mailbox import Clock
from tests.conftest import AppFactory
from tests.factories import AUTHOR, NOW, READER, make_site

ONE_CLICK = {"List-Unsubscribe": "One-Click"}
PRESS = re.compile(r'name="press" value="([^"]+)"')
WAS = re.compile(r'name="was" value="([^"]*)"')


def _links(post: Post) -> dict[str, str]:
    """Kind of mail → the path of its unsubscribe link: of a follow, of answers, and of an author's mail."""
    post.write(
        lambda s: setattr(
            preference_of(s, post.site.author_id, MailTopic.NEW_COMMENTS), "cadence", Cadence.AT_ONCE
        )
    )
    post.prove()
    parent_id = post.site.approved(notify_replies=True)
    post.follow(NEIGHBOUR, Cadence.AT_ONCE)
    post.site.approved(
        parent_id=parent_id, name="Joost", email="joost@lezers.example", source="Een antwoord."
    )
    return {
        mail.kind: urlsplit(mail.words.unsubscribe_url).path
        for mail in post.send()
        if mail.words.unsubscribe_url
    }


def _press(browser: FlaskClient, link: str, clock: Clock, choice: str) -> Any:
    page = browser.get(link).text
    mark, was = PRESS.search(page), WAS.search(page)
    assert mark is not None
    assert was is not None
    clock.wait(seconds=3)
    return browser.post(link, data={"press": mark[1], "was": was[1], "choice": choice})


def _follows(post: Post) -> list[Cadence]:
    return list(post.read(lambda session: session.scalars(select(Follow.cadence)).all()))


def _wants_answers(post: Post) -> bool:
    return bool(post.read(lambda s: s.scalar(select(Comment.notify_replies).order_by(Comment.id).limit(1))))


def _topic(post: Post) -> Cadence:
    return Cadence(post.read(lambda s: cadence_of(s, post.site.author_id, MailTopic.NEW_COMMENTS)))


def _stopped(post: Post) -> set[str]:
    """The addresses that get no mail at all."""
    statement = select(Commenter.email).where(Commenter.mail_stopped_at.is_not(None))
    return set(post.read(lambda session: session.scalars(statement).all()))


def _standing(post: Post) -> tuple[int, bool, Cadence, set[str]]:
    return len(_follows(post)), _wants_answers(post), _topic(post), _stopped(post)


ALL_ON: tuple[int, bool, Cadence, set[str]] = (1, True, Cadence.AT_ONCE, set())


@pytest.mark.parametrize(
    ("kind", "after"),
    [
        ("follow_comment", (0, True, Cadence.AT_ONCE, set())),
        ("reply", (1, False, Cadence.AT_ONCE, set())),
        ("author_comment", (1, True, Cadence.NEVER, set())),
    ],
)
def test_one_click_ends_exactly_this(
    both_posts: Post, clock: Clock, kind: str, after: tuple[int, bool, Cadence, set[str]]
) -> None:
    link = _links(both_posts)[kind]

    answer = both_posts.site.app.test_client(use_cookies=False).post(link, data=ONE_CLICK)

    assert answer.status_code == 200
    assert _standing(both_posts) == after


@pytest.mark.parametrize("kind", ["follow_comment", "reply", "author_comment"])
def test_one_click_works_twice(post: Post, clock: Clock, kind: str) -> None:
    link = _links(post)[kind]
    first = post.site.reader().post(link, data=ONE_CLICK)
    standing = _standing(post)

    again = post.site.reader().post(link, data=ONE_CLICK)

    assert [first.status_code, again.status_code] == [200, 200]
    assert _standing(post) == standing


def test_one_click_may_come_as_a_multipart_form(post: Post, clock: Clock) -> None:
    link = _links(post)["follow_comment"]

    answer = post.site.reader().post(link, data=ONE_CLICK, content_type="multipart/form-data")

    assert answer.status_code == 200
    assert _follows(post) == []


@pytest.mark.parametrize("kind", ["follow_comment", "reply", "author_comment"])
def test_a_look_changes_nothing(post: Post, clock: Clock, kind: str) -> None:
    link = _links(post)[kind]
    browser = post.site.reader()

    answers = [browser.head(link), browser.get(link), browser.get(link + "?was=daily&choice=all")]

    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert _standing(post) == ALL_ON


@pytest.mark.parametrize(
    "form",
    [
        {"other": "field"},
        {"choice": "all"},
        {"choice": "this", "press": "geraden"},
        {"List-Unsubscribe": "one-click"},
        {"List-Unsubscribe": ""},
    ],
)
def test_a_post_without_a_press_and_without_the_words_of_mail_programs_changes_nothing(
    post: Post, clock: Clock, form: dict[str, str]
) -> None:
    link = _links(post)["follow_comment"]

    answer = post.site.reader().post(link, data=form)

    assert answer.status_code == 422
    assert _standing(post) == ALL_ON


def test_a_scanner_that_posts_the_form_at_once_changes_nothing(post: Post, clock: Clock) -> None:
    link = _links(post)["reply"]
    browser = post.site.reader()
    mark = PRESS.search(browser.get(link).text)
    assert mark is not None

    answer = browser.post(link, data={"press": mark[1], "choice": "all"})

    assert answer.status_code == 422
    assert _standing(post) == ALL_ON


@pytest.mark.parametrize(
    ("kind", "after"),
    [
        ("follow_comment", (0, True, Cadence.AT_ONCE, set())),
        ("reply", (1, False, Cadence.AT_ONCE, set())),
        ("author_comment", (1, True, Cadence.NEVER, set())),
    ],
)
def test_a_person_ends_exactly_this(
    post: Post, clock: Clock, kind: str, after: tuple[int, bool, Cadence, set[str]]
) -> None:
    link = _links(post)[kind]

    answer = _press(post.site.reader(), link, clock, "this")

    assert answer.status_code == 303
    assert _standing(post) == after


@pytest.mark.parametrize(("kind", "owner"), [("follow_comment", NEIGHBOUR.email), ("reply", READER.email)])
def test_a_person_ends_all_mail_to_this_address_and_to_no_other(
    post: Post, clock: Clock, kind: str, owner: str
) -> None:
    link = _links(post)[kind]

    _press(post.site.reader(), link, clock, "all")

    assert _stopped(post) == {owner}


def test_staff_end_all_their_topics(post: Post, clock: Clock) -> None:
    link = _links(post)["author_comment"]
    _press(post.site.reader(), link, clock, "all")

    kept = post.read(lambda s: {cadence_of(s, post.site.author_id, topic) for topic in MailTopic})

    assert kept == {Cadence.NEVER}


@pytest.mark.parametrize("kind", ["follow_comment", "reply", "author_comment"])
@pytest.mark.parametrize("choice", ["this", "all"])
def test_the_way_back_leads_to_where_it_was(post: Post, clock: Clock, kind: str, choice: str) -> None:
    link, browser = _links(post)[kind], post.site.reader()
    ended = _press(browser, link, clock, choice)

    _press(browser, ended.headers["Location"], clock, "again")

    assert _standing(post) == ALL_ON


def test_a_cadence_that_is_no_choice_is_not_taken_for_the_way_back(post: Post, clock: Clock) -> None:
    link, browser = _links(post)["follow_comment"], post.site.reader()
    _press(browser, link, clock, "this")

    _press(browser, link + "?was=never", clock, "again")

    assert _follows(post) == [Cadence.DAILY]


def test_a_mark_of_one_page_presses_no_other(post: Post, clock: Clock) -> None:
    links, browser = _links(post), post.site.reader()
    mark = PRESS.search(browser.get(links["reply"]).text)
    assert mark is not None
    clock.wait(seconds=3)

    answer = browser.post(links["follow_comment"], data={"press": mark[1], "choice": "this"})

    assert answer.status_code == 422
    assert _standing(post) == ALL_ON


def test_the_page_names_what_and_no_address(post: Post, clock: Clock) -> None:
    links = _links(post)

    pages = {kind: post.site.reader().get(link).text for kind, link in links.items()}

    assert "Een buurthuis is geen bedrijf" in pages["follow_comment"]
    assert "Een buurthuis is geen bedrijf" in pages["reply"]
    for page in pages.values():
        assert not any(person.email in page for person in (READER, NEIGHBOUR, AUTHOR))
        assert READER.name not in page


def test_a_link_never_expires(post: Post, clock: Clock) -> None:
    link = _links(post)["follow_comment"]
    clock.wait(days=3_650)

    answer = post.site.reader().post(link, data=ONE_CLICK)

    assert answer.status_code == 200
    assert _follows(post) == []


def test_a_link_of_somebody_erased_ends_nothing_of_who_has_the_id_now(post: Post, clock: Clock) -> None:
    link = _links(post)["follow_comment"]
    post.change(NEIGHBOUR, email="iemand.anders@lezers.example")

    answer = post.site.reader().post(link, data=ONE_CLICK)

    assert answer.status_code == 200
    assert len(_follows(post)) == 1
    assert "Een buurthuis is geen bedrijf" not in answer.text
    assert "Je krijgt van ons geen mail." in answer.text
    assert 'name="choice"' not in answer.text, "there is nobody to begin it again for"


def test_a_link_to_an_address_that_an_account_no_longer_has_ends_nothing(post: Post, clock: Clock) -> None:
    link = _links(post)["author_comment"]
    post.write(lambda s: setattr(s.get_one(Account, post.site.author_id), "email", "nieuw@redactie.example"))

    answer = post.site.reader().post(link, data=ONE_CLICK)

    assert answer.status_code == 200
    assert _topic(post) is Cadence.AT_ONCE


def test_an_erased_comment_leaves_a_page_that_says_that_nothing_comes(post: Post, clock: Clock) -> None:
    link = _links(post)["reply"]
    comment_id = post.read(lambda s: s.scalar(select(Comment.id).order_by(Comment.id).limit(1)))
    post.move(comment_id, Move.ERASE, by=lifecycle.COMMENTER)

    browser = post.site.reader()
    statuses = [browser.get(link).status_code, browser.post(link, data=ONE_CLICK).status_code]

    assert statuses == [200, 200]


@pytest.mark.parametrize("token", ["geraden", "a.b.c", "eyJhIjoxfQ.x"])
def test_a_guessed_link_ends_nothing(post: Post, clock: Clock, token: str) -> None:
    browser = post.site.reader()
    answers = [browser.get(f"/unsubscribe/{token}"), browser.post(f"/unsubscribe/{token}", data=ONE_CLICK)]

    assert [answer.status_code for answer in answers] == [404, 404]


def test_a_token_of_another_purpose_ends_nothing(post: Post, clock: Clock) -> None:
    signer = post.site.app.extensions["forum_signer"]
    token = signer.make_token("follow", ["follow", 1, 1, "x"])

    assert post.site.reader().post(f"/unsubscribe/{token}", data=ONE_CLICK).status_code == 404


def test_the_page_is_kept_by_nobody(post: Post, clock: Clock) -> None:
    answer = post.site.reader().get(_links(post)["reply"])

    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Robots-Tag"] == "noindex"


def test_another_site_cannot_make_a_browser_press(post: Post, clock: Clock) -> None:
    link = _links(post)["reply"]

    answer = post.site.reader().post(link, data=ONE_CLICK, headers={"Sec-Fetch-Site": "cross-site"})

    assert answer.status_code == 403
    assert _wants_answers(post)


def test_after_one_click_nothing_more_is_sent(post: Post, clock: Clock) -> None:
    link = _links(post)["follow_comment"]
    post.site.reader().post(link, data=ONE_CLICK)
    post.site.approved(source="Nog een gedachte.", name="Joost", email="joost@lezers.example")

    assert "follow_comment" not in post.send_kinds()


@pytest.mark.parametrize(("locale", "words"), [("nl", "Stop deze mail"), ("en", "Stop this mail")])
def test_the_page_speaks_the_language_of_the_site(
    sqlite_url: str, make_app: AppFactory, clock: Clock, locale: str, words: str
) -> None:
    post = Post(make_site(make_app(sqlite_url, FORUM_LOCALE=locale)))

    page = post.site.reader().get(_links(post)["reply"]).text

    assert words in page


def test_stopping_keeps_the_moment_at_which_mail_was_first_stopped(post: Post, clock: Clock) -> None:
    link = _links(post)["reply"]
    post.change(READER, mail_stopped_at=NOW)
    _press(post.site.reader(), link, clock, "all")

    stopped_at = post.read(
        lambda s: s.scalar(select(Commenter.mail_stopped_at).where(Commenter.email == READER.email))
    )
    assert stopped_at == NOW
