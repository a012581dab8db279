"""The writer's page: everything of one's own, nothing of another's, in plain words."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from forum.articles.models import Article, ArticleState
from forum.base.clock import utc_now
from forum.base.session import db, writing
from forum.comments.lifecycle import Reason
from forum.comments.models import Comment, Commenter, Follow, Ground, Move, State
from forum.comments.submission import submit
from forum.comments.writer.own import PER_PAGE
from tests.comments.writer.pages import NEIGHBOUR, Writer, decide, send_back, stored, writer
from tests.conftest import AppFactory
from tests.factories import READER, SIGNER, Site, make_draft, make_site


@pytest.fixture
def noor(site: Site) -> Writer:
    return writer(site)


def take_down(site: Site) -> None:
    """The editors take the article off the site."""
    with site.app.app_context(), writing(db.session):
        db.session.get_one(Article, site.article_id).state = ArticleState.PRIVATE


def unconfirmed(site: Site) -> int:
    """A comment that waits for its address to be proven; its id."""
    with site.app.app_context(), writing(db.session):
        article = db.session.get_one(Article, site.article_id)
        return submit(db.session, SIGNER, article, make_draft(), now=utc_now(), state=State.UNCONFIRMED).id


def test_without_a_session_it_leads_to_the_door(site: Site) -> None:
    answer = site.reader().get("/writer")

    assert (answer.status_code, answer.headers["Location"]) == (303, "/writer/link")


def test_it_is_kept_by_no_cache_and_no_search_engine(noor: Writer) -> None:
    answer = noor.client.get("/writer")

    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Robots-Tag"] == "noindex"


def test_a_writer_without_comments_is_told_so(noor: Writer) -> None:
    assert '<div class="empty">' in noor.page()


@pytest.mark.parametrize(
    ("moves", "words"),
    [
        ([], "It waits for a moderator. Once"),
        ([(Move.APPROVE, {})], "for everyone to read"),
        ([(Move.REJECT, {"reason": Reason("off_topic")})], "Not about the article"),
        ([(Move.SPAM, {})], "advertising or abuse"),
        ([(Move.RETURN, {})], "ask you to change something"),
        (
            [
                (Move.APPROVE, {}),
                (Move.REMOVE, {"reason": Reason("threat", Ground.LAW, "Wetboek van Strafrecht, art. 285")}),
            ],
            "Threatens someone (Wetboek van Strafrecht, art. 285)",
        ),
    ],
    ids=["pending", "approved", "rejected", "spam", "returned", "removed"],
)
def test_it_tells_where_a_comment_stands_and_why(
    make_app: AppFactory, sqlite_url: str, moves: list[tuple[Move, dict[str, Any]]], words: str
) -> None:
    site = make_site(make_app(sqlite_url, FORUM_LOCALE="en"))
    comment_id = site.comment()
    for kind, values in moves:
        decide(site, comment_id, kind, **values)

    page = writer(site).page()

    assert words in page


def test_a_decision_that_was_undone_is_not_told(site: Site) -> None:
    comment_id = site.comment()
    decide(site, comment_id, Move.REJECT, reason=Reason("insult"))
    decide(site, comment_id, Move.UNDO)

    page = writer(site).page()

    assert "Beledigt iemand" not in page


def test_notes_and_names_of_moderators_stay_with_them(site: Site) -> None:
    comment_id = site.comment()
    decide(site, comment_id, Move.REJECT, reason=Reason("insult"), note="Alweer deze.")

    page = writer(site).page()

    assert "Alweer deze" not in page
    assert "Mirjam" not in page


def test_what_somebody_else_wrote_is_not_there(site: Site) -> None:
    site.approved(name=NEIGHBOUR.name, email=NEIGHBOUR.email, source="Van de buurman.")

    page = writer(site).page()

    assert "Van de buurman." not in page
    assert NEIGHBOUR.email not in page


def test_erased_comments_are_not_listed(site: Site) -> None:
    comment_id = site.comment(source="Nog een laatste.")
    site.comment(source="Wat er nog is.")
    decide(site, comment_id, Move.ERASE)

    page = writer(site).page()

    assert f'id="comment-{comment_id}"' not in page
    assert "Wat er nog is." in page


def test_the_newest_comes_first_and_the_rest_on_a_next_page(site: Site) -> None:
    ids = [site.comment(source=f"Reactie {n}.") for n in range(PER_PAGE + 1)]
    noor = writer(site)

    first, second = noor.page(), noor.page(f"/writer?after={ids[1]}")

    assert f"Reactie {PER_PAGE}." in first
    assert "Reactie 0." not in first
    assert f"after={ids[1]}" in first
    assert "Reactie 0." in second


@pytest.mark.parametrize("key", ["0", "-1", "x", "9" * 30])
def test_a_page_that_is_none_is_not_found(noor: Writer, key: str) -> None:
    assert noor.client.get(f"/writer?after={key}").status_code == 404


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "text"),
        ("POST", "text"),
        ("GET", "withdraw"),
        ("POST", "withdraw"),
        ("POST", "confirmation"),
        ("POST", "answers"),
    ],
)
def test_anothers_comment_is_not_found_and_not_touched(site: Site, method: str, path: str) -> None:
    comment_id = site.comment(name=NEIGHBOUR.name, email=NEIGHBOUR.email, source="Van de buurman.")
    noor = writer(site)

    answer = noor.client.open(
        f"/writer/comments/{comment_id}/{path}",
        method=method,
        data={"body": "Nu van mij.", "version": "1", "notify": "1"},
    )

    assert answer.status_code == 404
    assert "Van de buurman." not in answer.text
    untouched = stored(site, comment_id)
    assert (untouched.version, untouched.newest_revision.source) == (1, "Van de buurman.")


def test_what_a_moderator_asks_stands_above_a_returned_text(site: Site) -> None:
    comment_id = site.comment(source="De wethouder liegt altijd.")
    send_back(site, comment_id, "Kun je zeggen waaruit dat blijkt?", ["liegt altijd"])
    noor = writer(site)

    assert "Kun je zeggen waaruit dat blijkt?" in noor.page()
    form = noor.page(f"/writer/comments/{comment_id}/text")
    assert "Kun je zeggen waaruit dat blijkt?" in form
    assert "De wethouder <mark>liegt altijd</mark>." in form


def test_an_unconfirmed_comment_is_confirmed_by_a_press(site: Site) -> None:
    comment_id, noor = unconfirmed(site), writer(site)

    answers = [noor.press(f"/writer/comments/{comment_id}/confirmation", version="1") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert stored(site, comment_id).state is State.PENDING


def test_a_removed_comment_shows_the_text_that_was_removed(site: Site) -> None:
    comment_id, noor = site.approved(source="Wat er stond."), writer(site)
    noor.send(comment_id, "Wat nog niemand las.")
    decide(site, comment_id, Move.REMOVE, reason=Reason("insult"))

    page = noor.page()

    assert "Wat er stond." in page
    assert "Wat nog niemand las." not in page


def test_confirming_here_proves_the_address_for_this_comment(site: Site) -> None:
    comment_id = unconfirmed(site)

    writer(site).press(f"/writer/comments/{comment_id}/confirmation", version="1")

    assert stored(site, comment_id).proven_at is not None


def test_confirming_what_a_moderator_decided_meanwhile_proves_nothing(site: Site) -> None:
    comment_id = site.approved()

    answer = writer(site).press(f"/writer/comments/{comment_id}/confirmation", version="2")

    assert answer.status_code == 422
    assert stored(site, comment_id).proven_at is None


def test_mail_about_answers_goes_on_and_off_and_twice_is_once(site: Site) -> None:
    comment_id, noor = site.approved(), writer(site)

    wishes = []
    for notify in ("1", "1", "0", "0"):
        noor.press(f"/writer/comments/{comment_id}/answers", notify=notify)
        wishes.append(stored(site, comment_id).notify_replies)

    assert wishes == [True, True, False, False]


def test_asking_for_mail_about_answers_says_that_all_stopped_mail_comes_again(site: Site) -> None:
    comment_id, noor = site.approved(), writer(site)
    noor.press("/writer/mail", stop="1")
    stopped = noor.page()

    answer = noor.press(f"/writer/comments/{comment_id}/answers", notify="1")
    page = noor.page(answer.headers["Location"])

    assert "Je krijgt geen mail over antwoorden." in stopped
    assert "en ook alle andere mail van ons weer" in page
    assert "Je krijgt mail over antwoorden." in page


def test_following_says_that_all_stopped_mail_comes_again(site: Site) -> None:
    site.approved()
    noor = writer(site)
    noor.press("/writer/mail", stop="1")

    answers = [noor.press(f"/writer/follows/{site.slug}", cadence="daily") for _ in range(2)]

    told = [noor.page(answer.headers["Location"]) for answer in answers]
    assert ["krijgt weer mail van ons" in page for page in told] == [True, False]


def test_all_mail_stops_and_comes_back(site: Site) -> None:
    noor = writer(site)

    stopped = []
    for stop in ("1", "0"):
        noor.press("/writer/mail", stop=stop)
        with site.app.app_context():
            stopped.append(db.session.scalars(select(Commenter)).one().mail_stopped_at is not None)

    assert stopped == [True, False]


def test_a_discussion_is_followed_changed_and_left_from_here(site: Site) -> None:
    site.approved()
    noor = writer(site)

    for cadence in ("daily", "weekly"):
        answer = noor.press(f"/writer/follows/{site.slug}", cadence=cadence)
        assert answer.status_code == 303
    followed = noor.page()
    noor.press(f"/writer/follows/{site.slug}", cadence="never")

    assert 'value="weekly" selected' in followed
    assert 'value="weekly" selected' not in noor.page()


@pytest.mark.parametrize("cadence", ["", "hourly", "never\x00"])
def test_a_cadence_that_is_none_is_refused(noor: Writer, cadence: str) -> None:
    answer = noor.press(f"/writer/follows/{noor.site.slug}", cadence=cadence)

    assert answer.status_code in {400, 422}


@pytest.mark.parametrize(("cadence", "left"), [("never", []), ("weekly", ["weekly"])])
def test_a_discussion_that_was_taken_down_can_still_be_left(
    both_sites: Site, cadence: str, left: list[str]
) -> None:
    noor = writer(both_sites)
    noor.press(f"/writer/follows/{both_sites.slug}", cadence="daily")
    take_down(both_sites)

    answer = noor.press(f"/writer/follows/{both_sites.slug}", cadence=cadence)

    assert answer.status_code == 303
    with both_sites.app.app_context():
        assert [found.value for found in db.session.scalars(select(Follow.cadence))] == left


def test_what_was_taken_down_cannot_be_followed_anew(site: Site) -> None:
    noor = writer(site)
    take_down(site)

    assert noor.press(f"/writer/follows/{site.slug}", cadence="daily").status_code == 404


def test_leaving_what_one_does_not_follow_tells_nothing_of_it(site: Site) -> None:
    noor = writer(site)
    take_down(site)

    answers = [noor.press(f"/writer/follows/{slug}", cadence="never") for slug in (site.slug, "nergens")]

    assert [answer.status_code for answer in answers] == [303, 303]


def test_an_article_that_is_none_cannot_be_followed(noor: Writer) -> None:
    assert noor.press("/writer/follows/nergens", cadence="daily").status_code == 404


def test_a_press_on_another_site_changes_nothing(site: Site) -> None:
    comment_id, noor = site.comment(), writer(site)

    answer = noor.client.post(
        f"/writer/comments/{comment_id}/withdraw",
        data={"version": "1"},
        headers={"Sec-Fetch-Site": "cross-site"},
    )

    assert answer.status_code == 403
    assert stored(site, comment_id).state is State.PENDING


def test_withdrawing_asks_once_and_then_does_it(site: Site) -> None:
    comment_id, noor = site.approved(), writer(site)

    question = noor.page(f"/writer/comments/{comment_id}/withdraw")
    before = stored(site, comment_id).state
    answer = noor.press(f"/writer/comments/{comment_id}/withdraw", version="2")

    assert '<button class="button danger">' in question
    assert (before, answer.status_code) == (State.APPROVED, 303)
    assert stored(site, comment_id).state is State.WITHDRAWN
    assert f'id="comment-{comment_id}"' not in site.reader().get(f"/articles/{site.slug}").text


def test_withdrawing_twice_is_withdrawing_once(site: Site) -> None:
    comment_id, noor = site.comment(), writer(site)

    answers = [noor.press(f"/writer/comments/{comment_id}/withdraw", version="1") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert stored(site, comment_id).version == 2


def test_a_decision_meanwhile_is_told_before_a_withdrawal(site: Site) -> None:
    comment_id, noor = site.comment(), writer(site)
    decide(site, comment_id, Move.APPROVE)

    answer = noor.press(f"/writer/comments/{comment_id}/withdraw", version="1")

    assert answer.status_code == 409
    assert stored(site, comment_id).state is State.APPROVED


def test_a_form_without_a_version_is_refused(site: Site) -> None:
    comment_id, noor = site.comment(), writer(site)

    answer = noor.press(f"/writer/comments/{comment_id}/withdraw", version="")

    assert answer.status_code == 422


def test_the_page_of_an_address_that_was_erased_leads_to_the_door(site: Site) -> None:
    site.comment()
    noor, elsewhere = writer(site), writer(site)
    noor.press("/writer/erase", what="texts")

    answer = elsewhere.client.get("/writer")

    assert (answer.status_code, answer.headers["Location"]) == (303, "/writer/link")


def test_the_cookie_of_an_erased_address_opens_nothing_of_who_has_the_id_now(site: Site) -> None:
    site.comment()
    noor, old = writer(site), writer(site)
    noor.press("/writer/erase", what="texts")
    site.comment(name=NEIGHBOUR.name, email=NEIGHBOUR.email)

    answer = old.client.get("/writer")

    assert answer.status_code == 303


def test_only_own_ids_are_in_the_page(site: Site) -> None:
    parent = site.approved(name=NEIGHBOUR.name, email=NEIGHBOUR.email)
    site.comment(parent_id=parent)

    page = writer(site).page()

    assert NEIGHBOUR.name not in page
    with site.app.app_context():
        assert db.session.get_one(Comment, parent).author_name == NEIGHBOUR.name
    assert READER.email in page
