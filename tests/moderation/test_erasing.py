"""An admin erases a comment: asked first, done once, nothing of it left, and only by an admin."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from forum.accounts.models import RoleName
from forum.base.session import db, writing
from tests.comments.writer.pages import writer
from tests.factories import Person, Site, csrf_token, make_account, signed_in
from tests.moderation.work import events_of, state_of

ADMIN = Person("Femke Bos", "femke.bos@redactie.example")


@pytest.fixture
def admin(site: Site) -> FlaskClient:
    with site.app.app_context(), writing(db.session):
        account_id = make_account(db.session, ADMIN, [RoleName.ADMIN]).id
    return signed_in(site.app, account_id)


def erase(client: FlaskClient, comment_id: int, version: int | str) -> Any:
    return client.post(
        f"/moderation/comments/{comment_id}/erasure",
        data={"version": str(version), "csrf_token": csrf_token(client)},
    )


def test_a_page_asks_first(site: Site, admin: FlaskClient) -> None:
    comment_id = site.approved(source="Wat moet gaan.")

    offered = admin.get(f"/moderation/comments/{comment_id}").text
    asked = admin.get(f"/moderation/comments/{comment_id}/erasure").text

    assert f"/moderation/comments/{comment_id}/erasure" in offered
    assert "Wat moet gaan." in asked
    assert state_of(site, comment_id) == ("approved", 2)


def test_the_comment_is_gone_at_once(site: Site, admin: FlaskClient) -> None:
    comment_id = site.approved(source="Wat moet gaan.")
    assert "Wat moet gaan." in site.reader().get(f"/articles/{site.slug}").text

    answer = erase(admin, comment_id, 2)

    assert (answer.status_code, state_of(site, comment_id)) == (303, ("erased", 3))
    assert "Wat moet gaan." not in site.reader().get(f"/articles/{site.slug}").text
    assert "Wat moet gaan." not in admin.get(f"/moderation/comments/{comment_id}").text


def test_twice_is_once(site: Site, admin: FlaskClient) -> None:
    comment_id = site.approved()

    answers = [erase(admin, comment_id, 2) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert [kind for kind, _, _ in events_of(site, comment_id)].count("erase") == 1


def test_a_comment_that_changed_meanwhile_is_shown_anew(site: Site, admin: FlaskClient) -> None:
    comment_id = site.approved()

    answer = erase(admin, comment_id, 1)

    assert (answer.status_code, state_of(site, comment_id)) == (409, ("approved", 2))


@pytest.mark.parametrize("version", ["", "x", "-1", "9" * 12])
def test_a_form_that_names_no_version_erases_nothing(site: Site, admin: FlaskClient, version: str) -> None:
    comment_id = site.approved()

    answer = erase(admin, comment_id, version)

    assert (answer.status_code, state_of(site, comment_id)) == (422, ("approved", 2))


def test_a_comment_that_never_was_is_not_found(admin: FlaskClient) -> None:
    assert erase(admin, 99, 1).status_code == 404


def test_a_moderator_is_not_offered_it_and_may_not(site: Site) -> None:
    comment_id, client = site.approved(), site.moderator()

    offered = client.get(f"/moderation/comments/{comment_id}").text
    answer = erase(client, comment_id, 2)

    assert "/erasure" not in offered
    assert (answer.status_code, state_of(site, comment_id)) == (403, ("approved", 2))


def test_somebody_anonymous_has_a_word_for_a_name_in_the_moderators_pages(site: Site) -> None:
    comment_id = site.approved()
    writer(site).press("/writer/erase", what="name")

    client = site.moderator()

    for path in ("/moderation?state=approved", f"/moderation/comments/{comment_id}"):
        page = client.get(path).text
        assert '<bdi class="name"></bdi>' not in page
