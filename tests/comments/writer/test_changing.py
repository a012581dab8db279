"""Changing an own text: in place while nobody saw it, else as a version that waits; a refused one comes back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from forum.base.clock import utc_now
from forum.base.session import db
from forum.comments.lifecycle import Reason
from forum.comments.models import Move, State
from forum.comments.revisions import EDITED_IN_PLACE_FOR
from tests.comments.writer.pages import (
    NEIGHBOUR,
    decide,
    see,
    send_back,
    stored,
    texts_of,
    version_of,
    writer,
)
from tests.conftest import AppFactory
from tests.factories import Site, csrf_token, make_site

OLD, NEW = "Een buurthuis draait op mensen.", "Een buurthuis draait op vrijwilligers."
CHANGED_MEANWHILE = "is veranderd terwijl je schreef"


def test_a_text_that_nobody_saw_is_changed_where_it_stands(both_sites: Site) -> None:
    comment_id = both_sites.comment(source=OLD, now=utc_now())

    answer = writer(both_sites).send(comment_id, NEW)

    assert answer.status_code == 303
    assert texts_of(both_sites, comment_id) == [(NEW, "waiting")]
    assert version_of(both_sites, comment_id) == 2


def test_a_text_that_a_moderator_saw_gets_a_version_beside_it(both_sites: Site) -> None:
    comment_id = both_sites.comment(source=OLD, now=utc_now())
    see(both_sites, comment_id)

    writer(both_sites).send(comment_id, NEW)

    assert texts_of(both_sites, comment_id) == [(OLD, "superseded"), (NEW, "waiting")]


def test_after_a_quarter_of_an_hour_a_change_leaves_a_version(site: Site) -> None:
    comment_id = site.comment(source=OLD, now=utc_now() - EDITED_IN_PLACE_FOR)

    writer(site).send(comment_id, NEW)

    assert texts_of(site, comment_id) == [(OLD, "superseded"), (NEW, "waiting")]


def test_just_within_a_quarter_of_an_hour_it_does_not(site: Site) -> None:
    comment_id = site.comment(source=OLD, now=utc_now() - EDITED_IN_PLACE_FOR + timedelta(minutes=1))

    writer(site).send(comment_id, NEW)

    assert texts_of(site, comment_id) == [(NEW, "waiting")]


def test_a_published_text_stays_while_its_change_waits(site: Site) -> None:
    comment_id = site.approved(source=OLD, now=utc_now())

    writer(site).send(comment_id, NEW)

    page = site.reader().get(f"/articles/{site.slug}").text
    assert OLD in page
    assert NEW not in page
    assert texts_of(site, comment_id) == [(OLD, "published"), (NEW, "waiting")]


def test_a_change_that_waits_stands_beside_what_readers_see(site: Site) -> None:
    comment_id = site.approved(source=OLD, now=utc_now())
    noor = writer(site)
    noor.send(comment_id, NEW)

    page = noor.page()

    assert page.index("Wat lezers nu zien") < page.index(OLD) < page.index("die nog wacht") < page.index(NEW)


def test_a_refused_change_is_kept_for_its_writer_to_go_on_with(site: Site) -> None:
    comment_id = site.approved(source=OLD, now=utc_now())
    noor = writer(site)
    noor.send(comment_id, NEW)
    decide(site, comment_id, Move.REJECT, reason=Reason("insult"))

    page = noor.page()
    form = noor.page(f"/writer/comments/{comment_id}/text")
    again = noor.page(f"/writer/comments/{comment_id}/text?text=change")

    assert page.index(OLD) < page.index("die niet is overgenomen") < page.index(NEW)
    assert f"/writer/comments/{comment_id}/text?text=change" in page
    assert (NEW in form, NEW in again) == (False, True)


def test_what_was_withdrawn_is_not_said_to_be_seen(site: Site) -> None:
    comment_id = site.approved(source=OLD, now=utc_now())
    noor = writer(site)
    noor.send(comment_id, NEW)
    decide(site, comment_id, Move.REJECT, reason=Reason("insult"))
    noor.press(f"/writer/comments/{comment_id}/withdraw", version=str(version_of(site, comment_id)))

    page = noor.page()

    assert "Niemand kan die onder het artikel lezen" in page
    assert "Wat lezers nu zien" not in page
    assert "De eerdere tekst blijft staan" not in page


def test_what_was_done_is_said_at_the_comment(site: Site) -> None:
    other, comment_id = site.approved(), site.approved(source=OLD, now=utc_now())
    noor = writer(site)

    answer = noor.send(comment_id, NEW)
    page = noor.page(answer.headers["Location"])

    said = page.index("Je tekst is bewaard.")
    assert page.index(f'id="comment-{comment_id}"') < said < page.index(f'id="comment-{other}"')
    assert page.count("Je tekst is bewaard.") == 1
    assert "#" not in answer.headers["Location"], "a fragment would keep the message from having the focus"


def test_a_comment_that_was_sent_again_is_said_to_be_on_its_way(site: Site) -> None:
    comment_id = site.comment(source=OLD)
    send_back(site, comment_id, "Noem je bron.", [])
    noor = writer(site)

    page = noor.page(noor.send(comment_id, NEW).headers["Location"])

    assert "Je reactie is weer op weg naar de moderators." in page


def test_a_moderator_who_loaded_the_queue_before_a_change_in_place_cannot_approve_it_unseen(
    site: Site,
) -> None:
    comment_id = site.comment(source=OLD, now=utc_now())
    version_before_them = version_of(site, comment_id)
    writer(site).send(comment_id, NEW)
    client = site.moderator()

    answer = client.post(
        f"/moderation/comments/{comment_id}/decisions",
        data={"action": "approve", "version": version_before_them, "csrf_token": csrf_token(client)},
    )

    assert answer.status_code == 409
    assert stored(site, comment_id).state is State.PENDING


def test_a_returned_comment_is_sent_again_under_the_same_id_and_parent(site: Site) -> None:
    parent = site.approved(name=NEIGHBOUR.name, email=NEIGHBOUR.email)
    comment_id = site.comment(source=OLD, parent_id=parent)
    send_back(site, comment_id, "Welke mensen?", ["mensen"])

    writer(site).send(comment_id, NEW)

    now = stored(site, comment_id)
    assert (now.state, now.parent_id, now.newest_revision.source) == (State.PENDING, parent, NEW)


def test_the_same_form_twice_is_one_change(site: Site) -> None:
    comment_id, noor = site.approved(source=OLD), writer(site)

    answers = [noor.send(comment_id, NEW, version=2) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert len(texts_of(site, comment_id)) == 2


def test_a_text_that_stays_the_same_makes_no_version(site: Site) -> None:
    comment_id = site.approved(source=OLD)

    writer(site).send(comment_id, f"  {OLD}\n")

    assert texts_of(site, comment_id) == [(OLD, "published")]


def test_a_decision_meanwhile_is_told_and_the_text_given_back(site: Site) -> None:
    comment_id, noor = site.comment(source=OLD), writer(site)
    decide(site, comment_id, Move.APPROVE)

    answer = noor.send(comment_id, NEW, version=1)

    assert answer.status_code == 409
    assert NEW in answer.text
    assert texts_of(site, comment_id) == [(OLD, "published")]


def test_a_text_that_can_no_longer_be_changed_is_given_back(site: Site) -> None:
    comment_id, noor = site.comment(source=OLD), writer(site)
    decide(site, comment_id, Move.REJECT, reason=Reason("insult"))

    answer = noor.send(comment_id, NEW)

    assert answer.status_code == 422
    assert NEW in answer.text


def test_the_same_text_of_a_refused_comment_is_no_way_back(site: Site) -> None:
    comment_id = site.comment(source=OLD)
    decide(site, comment_id, Move.REJECT, reason=Reason("insult"))

    assert writer(site).send(comment_id, OLD).status_code == 422


@pytest.mark.parametrize(
    ("body", "kept"),
    [("", ""), ("​ ​ ​", ""), ("a" * 10_001, "a" * 10_001)],
    ids=["empty", "unseen", "too long"],
)
def test_a_text_that_cannot_be_a_comment_is_given_back(site: Site, body: str, kept: str) -> None:
    comment_id = site.approved(source=OLD)

    answer = writer(site).send(comment_id, body)

    assert answer.status_code == 422
    assert kept in answer.text
    assert texts_of(site, comment_id) == [(OLD, "published")]


def test_a_text_that_cannot_be_stored_is_refused(site: Site) -> None:
    comment_id = site.approved(source=OLD)

    assert writer(site).send(comment_id, "Nul\0len").status_code == 400


def test_a_look_at_how_it_will_be_changes_nothing(site: Site) -> None:
    comment_id = site.approved(source=OLD)

    answer = writer(site).send(comment_id, "**Zo** wordt het.", preview="1")

    assert answer.status_code == 200
    assert "<strong>Zo</strong> wordt het." in answer.text
    assert texts_of(site, comment_id) == [(OLD, "published")]


@pytest.mark.parametrize(
    ("body", "form", "status"), [(NEW, {"preview": "1"}, 409), ("", {}, 422)], ids=["preview", "empty"]
)
def test_a_decision_meanwhile_is_told_wherever_the_form_comes_back(
    site: Site, body: str, form: dict[str, str], status: int
) -> None:
    comment_id, noor = site.comment(source=OLD), writer(site)
    decide(site, comment_id, Move.APPROVE)

    answer = noor.send(comment_id, body, version=1, **form)

    assert answer.status_code == status
    assert CHANGED_MEANWHILE in answer.text
    assert 'name="version" value="1"' in answer.text


def test_a_look_before_a_save_does_not_hide_a_decision(site: Site) -> None:
    comment_id, noor = site.comment(source=OLD), writer(site)
    decide(site, comment_id, Move.APPROVE)
    noor.send(comment_id, NEW, version=1, preview="1")

    answer = noor.send(comment_id, NEW, version=1)

    assert answer.status_code == 409
    assert 'name="version" value="2"' in answer.text
    assert texts_of(site, comment_id) == [(OLD, "published")]


@pytest.mark.parametrize("version", ["", "x", "-1", "9" * 20])
def test_a_form_without_a_version_gives_the_text_back(site: Site, version: str) -> None:
    comment_id = site.comment(source=OLD)

    answer = writer(site).press(f"/writer/comments/{comment_id}/text", body=NEW, version=version, preview="1")

    assert answer.status_code == 422
    assert NEW in answer.text


@pytest.mark.parametrize("returned", [False, True], ids=["edited", "sent again"])
def test_a_text_changed_in_ones_own_session_is_proven_to_be_theirs(site: Site, returned: bool) -> None:
    comment_id = site.comment(source=OLD)
    if returned:
        send_back(site, comment_id, "Welke mensen?", ["mensen"])
    before = stored(site, comment_id).proven_at

    writer(site).send(comment_id, NEW)

    assert before is None
    assert stored(site, comment_id).proven_at is not None


def test_a_refused_change_proves_nothing(site: Site) -> None:
    comment_id, noor = site.comment(source=OLD), writer(site)
    decide(site, comment_id, Move.APPROVE)

    noor.send(comment_id, NEW, version=1)

    assert stored(site, comment_id).proven_at is None


def test_hostile_text_comes_back_as_text(site: Site) -> None:
    comment_id = site.approved(source=OLD)

    answer = writer(site).send(comment_id, "</textarea><script>alert(1)</script>", preview="1")

    assert "<script>alert" not in answer.text


def test_whoever_has_no_session_any_more_gets_the_text_back(site: Site) -> None:
    comment_id = site.approved(source=OLD)

    answer = site.reader().post(f"/writer/comments/{comment_id}/text", data={"body": NEW, "version": "2"})

    assert answer.status_code == 403
    assert NEW in answer.text


def test_changes_count_against_floods(make_app: AppFactory, sqlite_url: str) -> None:
    site = make_site(make_app(sqlite_url, FORUM_FLOOD_LIMIT="2 per minute"))
    comment_id = site.comment(source=OLD, now=utc_now())
    noor = writer(site)

    answers = [noor.send(comment_id, f"{NEW} {n}") for n in range(3)]

    assert [answer.status_code for answer in answers] == [303, 303, 429]


def test_a_version_beside_the_earlier_one_counts_as_a_comment(make_app: AppFactory, sqlite_url: str) -> None:
    site = make_site(make_app(sqlite_url, FORUM_COMMENT_LIMITS="1 per hour"))
    comment_id = site.approved(source=OLD)
    noor = writer(site)

    answers = [noor.send(comment_id, f"{NEW} {n}") for n in range(2)]

    assert [answer.status_code for answer in answers] == [303, 429]
    assert f"{NEW} 1" in answers[1].text
    assert "Retry-After" in answers[1].headers


def test_whoever_only_typed_the_address_takes_no_place_from_a_change(
    make_app: AppFactory, sqlite_url: str
) -> None:
    site = make_site(make_app(sqlite_url, FORUM_COMMENT_LIMITS="1 per hour"))
    comment_id = site.approved(source=OLD)
    site.post(body="Van een ander.")

    answers = [site.post(body="Weer van een ander."), writer(site).send(comment_id, NEW)]

    assert [answer.status_code for answer in answers] == [429, 303]


def test_a_refused_change_gives_its_place_back(make_app: AppFactory, sqlite_url: str) -> None:
    site = make_site(make_app(sqlite_url, FORUM_COMMENT_LIMITS="1 per hour"))
    comment_id = site.approved(source=OLD)
    noor = writer(site)

    answers = [noor.send(comment_id, NEW, version=1), noor.send(comment_id, NEW, version=2)]

    assert [answer.status_code for answer in answers] == [409, 303]


def test_a_staff_session_does_not_open_a_writers_page(site: Site) -> None:
    comment_id = site.comment()

    assert site.moderator().get(f"/writer/comments/{comment_id}/text").status_code == 303
    with site.app.app_context():
        assert db.session.get(type(stored(site, comment_id)), comment_id) is not None
