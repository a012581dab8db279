"""Following a discussion: only a proven address does, and asking tells nobody anything."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from forum.accounts.models import Cadence
from forum.articles.models import Article, ArticleState
from forum.comments import lifecycle
from forum.comments.models import Commenter, Follow, Move
from forum.mail.models import OutboxMail
from tests.comments.mails.post import NEIGHBOUR, Post
from tests.comments.proving.mailbox import Clock
from tests.conftest import AppFactory
from tests.factories import NOW, READER, make_site

PRESS = re.compile(r'name="press" value="([^"]+)"')
FORM = {"email": READER.email, "cadence": "daily"}


def _path(post: Post) -> str:
    return f"/articles/{post.site.slug}/follow"


def _ask(post: Post, browser: FlaskClient | None = None, **fields: str) -> Any:
    return (browser or post.site.reader()).post(_path(post), data=FORM | fields)


def _link(post: Post) -> str:
    """The link in the newest mail that asks."""
    mail = [mail for mail in post.send() if mail.kind == "follow_confirm"][-1]
    found = re.search(r"http\S+/follow/\S+", mail.words.text)
    assert found is not None
    return urlsplit(found[0]).path


def _press(browser: FlaskClient, link: str, clock: Clock) -> Any:
    mark = PRESS.search(browser.get(link).text)
    assert mark is not None
    clock.wait(seconds=3)
    return browser.post(link, data={"press": mark[1]})


def _follows(post: Post) -> list[tuple[str, Cadence]]:
    rows = post.read(
        lambda session: session.execute(
            select(Commenter.email, Follow.cadence).join(Follow, Follow.commenter_id == Commenter.id)
        ).all()
    )
    return [(email, cadence) for email, cadence in rows]


def test_the_article_leads_to_the_page(post: Post) -> None:
    page = post.site.reader().get(f"/articles/{post.site.slug}").text

    assert f'href="{_path(post)}"' in page


def test_the_page_is_kept_by_nobody_and_sets_no_cookie(post: Post) -> None:
    answer = post.site.reader().get(_path(post))

    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in answer.headers


def test_asking_alone_follows_nothing(both_posts: Post, clock: Clock) -> None:
    answer = _ask(both_posts)

    assert answer.headers["Location"] == _path(both_posts) + "?result=mail"
    assert both_posts.waiting() == ["follow_confirm"]
    assert _follows(both_posts) == []


def test_the_press_behind_the_link_proves_and_follows(both_posts: Post, clock: Clock) -> None:
    _ask(both_posts, cadence="weekly")
    answer = _press(both_posts.site.reader(), _link(both_posts), clock)

    proven = both_posts.read(lambda session: session.scalar(select(Commenter.proven_at)))
    assert answer.headers["Location"] == _path(both_posts) + "?result=on"
    assert _follows(both_posts) == [(READER.email, Cadence.WEEKLY)]
    assert proven is not None


def test_a_look_at_the_link_changes_nothing(post: Post, clock: Clock) -> None:
    _ask(post)
    link = _link(post)
    browser = post.site.reader()

    statuses = [
        browser.head(link).status_code,
        browser.get(link).status_code,
        browser.post(link, data={"x": "1"}).status_code,
    ]

    assert statuses == [200, 200, 422]
    assert _follows(post) == []


def test_pressing_twice_is_as_once(post: Post, clock: Clock) -> None:
    _ask(post)
    link, browser = _link(post), post.site.reader()
    _press(browser, link, clock)

    again = _press(browser, link, clock)

    assert again.status_code == 303
    assert len(_follows(post)) == 1


def test_who_has_proven_the_address_here_follows_at_once(post: Post, clock: Clock) -> None:
    browser = post.site.reader()
    _ask(post, browser)
    _press(browser, _link(post), clock)

    answer = _ask(post, browser, cadence="at_once")

    assert answer.headers["Location"] == _path(post) + "?result=on"
    assert _follows(post) == [(READER.email, Cadence.AT_ONCE)]
    assert post.waiting() == []


def test_the_page_does_not_tell_which_address_was_proven_here(post: Post, clock: Clock) -> None:
    browser = post.site.reader()
    _ask(post, browser)
    _press(browser, _link(post), clock)

    page = browser.get(_path(post)).text

    assert READER.email not in page


def test_who_has_proven_one_address_must_prove_another(post: Post, clock: Clock) -> None:
    browser = post.site.reader()
    _ask(post, browser)
    _press(browser, _link(post), clock)

    answer = _ask(post, browser, email=NEIGHBOUR.email)

    assert answer.headers["Location"].endswith("?result=mail")
    assert len(_follows(post)) == 1


def test_another_browser_must_prove_a_proven_address_again(post: Post, clock: Clock) -> None:
    browser = post.site.reader()
    _ask(post, browser)
    _press(browser, _link(post), clock)

    answer = _ask(post, post.site.reader(), cadence="at_once")

    assert answer.headers["Location"].endswith("?result=mail")
    assert _follows(post) == [(READER.email, Cadence.DAILY)]


def test_the_answer_is_the_same_for_a_known_and_an_unknown_address(post: Post, clock: Clock) -> None:
    post.follow(READER, Cadence.DAILY)

    known, unknown = _ask(post), _ask(post, email="nooit.gezien@lezers.example")

    assert (known.status_code, known.headers["Location"]) == (
        unknown.status_code,
        unknown.headers["Location"],
    )
    assert known.data == unknown.data


def test_an_address_gets_three_mails_an_hour_and_the_answer_stays_the_same(post: Post, clock: Clock) -> None:
    answers = []
    for _ in range(5):
        clock.wait(seconds=1)
        answers.append(_ask(post))

    assert len({answer.headers["Location"] for answer in answers}) == 1
    assert post.waiting() == ["follow_confirm"] * 3


def test_one_network_cannot_have_mail_sent_to_everybody(post: Post, clock: Clock) -> None:
    statuses = [_ask(post, email=f"lezer{n}@lezers.example").status_code for n in range(25)]

    assert statuses.count(303) == 20
    assert set(statuses[20:]) == {429}


@pytest.mark.parametrize(
    ("field", "value"),
    [("email", ""), ("email", "geen adres"), ("cadence", ""), ("cadence", "never"), ("cadence", "hourly")],
)
def test_a_wrong_field_gives_the_form_back(post: Post, clock: Clock, field: str, value: str) -> None:
    typed = FORM | {"email": "Noor@Lezers.example"} | {field: value}
    answer = post.site.reader().post(_path(post), data=typed)

    assert answer.status_code == 422
    assert f'value="{typed["email"]}"' in answer.text
    assert post.waiting() == []


def test_the_mail_holds_nothing_that_a_visitor_typed(post: Post, clock: Clock) -> None:
    _ask(post)

    (mail,) = post.send()

    assert mail.recipient == READER.email
    assert READER.email not in mail.words.text + mail.words.html


def test_a_link_dies_after_a_week(post: Post, clock: Clock) -> None:
    _ask(post)
    link = _link(post)
    clock.wait(days=7)

    assert post.site.reader().get(link).status_code == 410


def test_a_link_of_somebody_erased_opens_nothing_of_who_has_the_id_now(post: Post, clock: Clock) -> None:
    _ask(post)
    link = _link(post)
    post.change(READER, email=NEIGHBOUR.email)

    assert post.site.reader().get(link).status_code == 404


@pytest.mark.parametrize("token", ["geraden", "eyJ.x.y", "%00"])
def test_a_guessed_link_opens_nothing(post: Post, clock: Clock, token: str) -> None:
    assert post.site.reader().get(f"/follow/{token}").status_code in {400, 404}


def test_a_discussion_that_is_not_public_cannot_be_followed(post: Post, clock: Clock) -> None:
    _ask(post)
    link = _link(post)
    post.write(lambda session: session.execute(update(Article).values(state=ArticleState.DRAFT)))

    browser = post.site.reader()
    assert [browser.get(_path(post)).status_code, browser.get(link).status_code] == [404, 404]


def test_following_takes_mail_up_again_for_who_had_stopped_it(post: Post, clock: Clock) -> None:
    post.change(READER, mail_stopped_at=NOW)
    _ask(post)
    answer = _press(post.site.reader(), _link(post), clock)

    stopped = post.read(lambda session: session.scalar(select(Commenter.mail_stopped_at)))
    assert stopped is None
    assert "Je had alle mail van ons gestopt." in post.site.reader().get(answer.headers["Location"]).text


def test_another_site_cannot_make_a_browser_follow(post: Post, clock: Clock) -> None:
    answer = post.site.reader().post(_path(post), data=FORM, headers={"Sec-Fetch-Site": "cross-site"})

    assert answer.status_code == 403
    assert post.waiting() == []


def test_many_who_ask_at_once_leave_one_commenter(post: Post, clock: Clock) -> None:
    _ask(post)
    _ask(post, cadence="weekly")

    counts = post.read(
        lambda session: (
            session.scalar(select(func.count()).select_from(Commenter)),
            session.scalar(select(func.count()).select_from(OutboxMail)),
        )
    )
    assert counts == (1, 2)


@pytest.mark.parametrize(("locale", "title"), [("nl", "Kijk in je mail"), ("en", "Look in your mail")])
def test_the_next_step_is_said_in_the_language_of_the_site(
    sqlite_url: str, make_app: AppFactory, locale: str, title: str
) -> None:
    mail = {"FORUM_SMTP_URL": "smtp://mail.example:25", "FORUM_MAIL_FROM": "forum@redactie.example"}
    post = Post(make_site(make_app(sqlite_url, FORUM_LOCALE=locale, **mail)))

    page = post.site.reader().get(_path(post) + "?result=mail").text

    assert f"<h1>{title}</h1>" in page


def test_a_strange_result_shows_the_form(post: Post) -> None:
    assert 'name="email"' in post.site.reader().get(_path(post) + "?result=<b>").text


def test_erasing_an_only_comment_leaves_what_its_writer_follows(post: Post) -> None:
    comment_id = post.site.comment()
    post.follow(READER, Cadence.DAILY)
    post.move(comment_id, Move.ERASE, by=lifecycle.COMMENTER)

    assert _follows(post) == [(READER.email, Cadence.DAILY)]
