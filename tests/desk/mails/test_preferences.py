"""What mail staff choose to have: the topics of their roles, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from forum.accounts.mail_preferences import NotOffered, cadence_of, choose, topics_of
from forum.accounts.models import Account, Cadence, MailTopic, RoleName
from forum.base.session import db, writing
from tests.factories import Person, Site, csrf_token, make_account, signed_in


def _save(client: FlaskClient, **choices: str) -> Any:
    return client.post("/desk/mail", data=choices | {"csrf_token": csrf_token(client)})


def _cadence(site: Site, account_id: int, topic: MailTopic) -> Cadence:
    with site.app.app_context():
        return cadence_of(db.session, account_id, topic)


def test_authors_and_moderators_are_offered_what_fits_them(site: Site) -> None:
    author, moderator = site.author().get("/desk/mail").text, site.moderator().get("/desk/mail").text

    assert 'name="new_comments"' in author
    assert 'name="overdue"' not in author
    assert all(f'name="{name}"' in moderator for name in ("queue", "overdue", "summary"))
    assert 'name="new_comments"' not in moderator


def test_an_editor_is_told_that_no_mail_fits(site: Site) -> None:
    with site.app.app_context(), writing(db.session):
        person = Person("Femke Bos", "femke.bos@redactie.example")
        editor_id = make_account(db.session, person, [RoleName.EDITOR]).id

    answer = signed_in(site.app, editor_id).get("/desk/mail")

    assert answer.status_code == 200
    assert "<select" not in answer.text


def test_a_choice_is_saved_and_shown(both_sites: Site) -> None:
    client = both_sites.moderator()

    answer = _save(client, queue="at_once", summary="daily")

    page = client.get(answer.headers["Location"]).text
    assert answer.status_code == 303
    assert _cadence(both_sites, both_sites.moderator_id, MailTopic.QUEUE) is Cadence.AT_ONCE
    assert _cadence(both_sites, both_sites.moderator_id, MailTopic.SUMMARY) is Cadence.DAILY
    assert page.count(" selected") == 3
    assert "notice success" in page


def test_what_the_form_leaves_out_stays_as_it_is(site: Site) -> None:
    client = site.moderator()
    _save(client, queue="at_once")
    _save(client, summary="daily")

    assert _cadence(site, site.moderator_id, MailTopic.QUEUE) is Cadence.AT_ONCE


@pytest.mark.parametrize(
    "choices",
    [
        {"queue": "weekly"},
        {"queue": "hourly"},
        {"new_comments": "daily"},
        {"queue": "at_once", "summary": "x"},
    ],
)
def test_what_is_not_offered_is_refused_as_a_whole(site: Site, choices: dict[str, str]) -> None:
    answer = _save(site.moderator(), **choices)

    assert answer.status_code == 422
    assert _cadence(site, site.moderator_id, MailTopic.QUEUE) is Cadence.NEVER
    assert _cadence(site, site.moderator_id, MailTopic.NEW_COMMENTS) is Cadence.DAILY


def test_the_choice_is_of_the_account_and_of_no_other(site: Site) -> None:
    _save(site.author(), new_comments="never")

    assert _cadence(site, site.author_id, MailTopic.NEW_COMMENTS) is Cadence.NEVER
    assert _cadence(site, site.moderator_id, MailTopic.NEW_COMMENTS) is Cadence.DAILY


def test_until_somebody_chooses_the_default_holds(site: Site) -> None:
    expected = {
        MailTopic.NEW_COMMENTS: Cadence.DAILY,
        MailTopic.QUEUE: Cadence.NEVER,
        MailTopic.OVERDUE: Cadence.AT_ONCE,
        MailTopic.SUMMARY: Cadence.NEVER,
    }

    assert {topic: _cadence(site, site.moderator_id, topic) for topic in MailTopic} == expected


def test_the_desk_leads_to_the_page(site: Site) -> None:
    assert 'href="/desk/mail"' in site.author().get("/desk").text


@pytest.mark.parametrize("role", list(RoleName))
def test_each_role_has_its_topics(site: Site, role: RoleName) -> None:
    moderating = (MailTopic.QUEUE, MailTopic.OVERDUE, MailTopic.SUMMARY)
    expected = {RoleName.AUTHOR: (MailTopic.NEW_COMMENTS,), RoleName.EDITOR: ()}.get(role, moderating)
    with site.app.app_context(), writing(db.session):
        account = make_account(db.session, Person("Femke Bos", f"{role}@redactie.example"), [role])

        assert topics_of(account) == expected


def test_a_topic_of_another_role_cannot_be_chosen(site: Site) -> None:
    with site.app.app_context(), writing(db.session):
        author = db.session.get_one(Account, site.author_id)

        with pytest.raises(NotOffered):
            choose(db.session, author, MailTopic.QUEUE, Cadence.AT_ONCE, newest_event=0)
