"""What admins see of the outbox, and what they can do there."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.orm import Session

from forum.accounts.models import RoleName
from forum.base.session import db, writing
from forum.comments.models import Comment, State
from forum.mail.kinds import Content
from forum.mail.models import MailState, OutboxMail, SuppressionCause
from forum.mail.suppression import STOPPED_BECAUSE, is_suppressed, suppress
from forum.moderation.mail.service import PER_PAGE, with_links
from tests import factories
from tests.conftest import AppFactory
from tests.factories import SIGNER, Person, Site, csrf_token, signed_in
from tests.mail.mails import NOW, READER, put, row
from tests.mail.test_composing import composing

ADMIN = Person("Femke Bos", "femke.bos@redactie.example")


def admin_of(app: Flask) -> FlaskClient:
    """A browser in which an admin is signed in."""
    with app.app_context(), writing(db.session):
        account_id = factories.make_account(db.session, ADMIN, [RoleName.ADMIN]).id
    return signed_in(app, account_id)


@pytest.fixture
def admin(sqlite_app: Flask) -> FlaskClient:
    """An admin of a site without a mail server."""
    return admin_of(sqlite_app)


def mail(app: Flask, key: str = "een", *, state: MailState = MailState.WAITING, **values: Any) -> int:
    """A mail in the outbox of `app`; its id."""
    after = {name: values.pop(name) for name in ("last_answer", "attempts", "sent_at") if name in values}
    with app.app_context():
        mail_id = put(db.session, key, **values)
        with writing(db.session):
            found = db.session.get_one(OutboxMail, mail_id)
            found.state = state
            for name, value in after.items():
                setattr(found, name, value)
    return mail_id


def press_send_again(client: FlaskClient, mail_id: int, **form: str) -> Any:
    """Press the button."""
    form |= {"csrf_token": csrf_token(client)}
    return client.post(f"/moderation/mail/{mail_id}/again", data=form)


def test_the_page_tells_what_waits_to_whom_and_when(sqlite_app: Flask, admin: FlaskClient) -> None:
    mail(sqlite_app)

    page = admin.get("/moderation/mail").text

    assert READER.email in page
    assert "20 november 2026" in page


@pytest.mark.parametrize("state", list(MailState))
def test_each_state_has_its_list_and_its_number(
    sqlite_app: Flask, admin: FlaskClient, state: MailState
) -> None:
    mail(sqlite_app, state=state)
    mail(sqlite_app, "ander", recipient="ander@lezers.example", state=_another(state))

    page = admin.get(f"/moderation/mail?state={state.value}").text

    assert READER.email in page
    assert "ander@lezers.example" not in page
    assert page.count('<span class="count">1</span>') == 2


def test_a_failed_mail_shows_the_servers_answer_as_text(sqlite_app: Flask, admin: FlaskClient) -> None:
    mail(sqlite_app, state=MailState.FAILED, attempts=7, last_answer="550 5.1.1 <b>weg</b>")

    page = admin.get("/moderation/mail?state=failed").text

    assert "550 5.1.1 &lt;b&gt;weg&lt;/b&gt;" in page


def test_the_mail_of_one_comment_stands_apart(site: Site) -> None:
    one, other = site.comment(), site.comment()
    mail(site.app, "een", comment_id=one)
    mail(site.app, "twee", comment_id=other, recipient="ander@lezers.example")

    page = admin_of(site.app).get(f"/moderation/mail?comment={one}").text

    assert READER.email in page
    assert "ander@lezers.example" not in page


def test_a_moderators_page_about_a_comment_leads_admins_to_its_mail_and_nobody_else(site: Site) -> None:
    comment_id = site.comment()
    path = f"/moderation/comments/{comment_id}"

    pages = [client.get(path).text for client in (admin_of(site.app), site.moderator())]

    assert [f"/moderation/mail?comment={comment_id}" in page for page in pages] == [True, False]
    assert ["/moderation/mail" in page for page in pages] == [True, False]


def test_a_long_list_comes_in_pages_and_every_mail_once(sqlite_app: Flask, admin: FlaskClient) -> None:
    with sqlite_app.app_context():
        for number in range(PER_PAGE + 3):
            put(db.session, str(number), recipient=f"lezer-{number:03}@lezers.example")

    first = admin.get("/moderation/mail").text
    second = admin.get(f"/moderation/mail?page={_next_key(first)}").text

    assert first.count("data-mail-id") == PER_PAGE
    assert second.count("data-mail-id") == 3
    assert "lezer-000@" in second
    assert "page=" not in second


@pytest.mark.parametrize("query", ["comment=0", "comment=x", "page=-1", "page=1e9"])
def test_an_address_that_names_no_page_is_not_found(admin: FlaskClient, query: str) -> None:
    assert admin.get(f"/moderation/mail?{query}").status_code == 404


def test_an_unknown_state_shows_what_waits(sqlite_app: Flask, admin: FlaskClient) -> None:
    mail(sqlite_app)

    assert READER.email in admin.get("/moderation/mail?state=onzin").text


def test_without_a_mail_server_a_mail_can_be_read_and_its_links_followed(
    sqlite_app: Flask, admin: FlaskClient
) -> None:
    mail_id = mail(sqlite_app)

    listed = admin.get("/moderation/mail").text
    page = admin.get(f"/moderation/mail/{mail_id}").text

    assert f"/moderation/mail/{mail_id}" in listed
    assert '<a href="http://127.0.0.1:8000">' in page
    assert READER.email in page


def test_links_to_other_sites_in_a_mail_are_text(sqlite_app: Flask, admin: FlaskClient) -> None:
    mail_id = mail(sqlite_app)
    why = "https://elders.example/x <script>1</script>"

    with composing(sqlite_app, lambda *_: Content(why=why)):
        page = admin.get(f"/moderation/mail/{mail_id}").text

    assert "https://elders.example/x &lt;script&gt;" in page
    assert 'href="https://elders' not in page


def test_reading_a_mail_neither_sends_nor_changes_it(sqlite_app: Flask, admin: FlaskClient) -> None:
    mail_id = mail(sqlite_app)

    admin.get(f"/moderation/mail/{mail_id}")

    with sqlite_app.app_context():
        assert (row(db.session).state, row(db.session).attempts) == (MailState.WAITING, 0)


@pytest.mark.parametrize("gone", ["cause", "kind", "reader"])
def test_a_mail_that_would_not_be_sent_says_so(sqlite_app: Flask, admin: FlaskClient, gone: str) -> None:
    mail_id = mail(sqlite_app, kind="onbekend" if gone == "kind" else "test")
    if gone == "reader":
        with sqlite_app.app_context(), writing(db.session):
            db.session.get_one(OutboxMail, mail_id).recipient = None

    with composing(sqlite_app, lambda *_: None):
        answer = admin.get(f"/moderation/mail/{mail_id}")

    assert answer.status_code == 200
    assert 'class="comment-body' not in answer.text


@pytest.mark.parametrize("fault", ["composer", "database", "kind"])
def test_a_mail_that_cannot_be_composed_says_so(
    app: Flask, caplog: pytest.LogCaptureFixture, fault: str
) -> None:
    admin = admin_of(app)
    mail_id = mail(app, kind="onbekend" if fault == "kind" else "test")

    def compose(session: Session, _mail: OutboxMail, _now: datetime) -> Content:
        if fault == "database":
            session.execute(text("SELECT no_such_column FROM outbox"))
        raise LookupError

    with composing(app, compose):
        answer = admin.get(f"/moderation/mail/{mail_id}")

    assert answer.status_code == 200
    assert 'class="notice error"' in answer.text
    assert 'class="comment-body' not in answer.text


def test_no_link_leads_to_a_comment_that_nobody_confirmed(site: Site) -> None:
    confirmed, unconfirmed = site.comment(), site.comment()
    with site.app.app_context(), writing(db.session):
        db.session.get_one(Comment, unconfirmed).state = State.UNCONFIRMED
    mail(site.app, "een", comment_id=confirmed)
    mail(site.app, "twee", comment_id=unconfirmed)
    admin = admin_of(site.app)

    pages = [admin.get(f"/moderation/mail{query}").text for query in ("", f"?comment={unconfirmed}")]

    assert f'href="/moderation/comments/{confirmed}"' in pages[0]
    assert [f'href="/moderation/comments/{unconfirmed}"' in page for page in pages] == [False, False]
    assert admin.get(f"/moderation/comments/{unconfirmed}").status_code == 404


def test_the_list_of_one_comments_mail_leads_to_the_comment(site: Site) -> None:
    comment_id = site.comment()

    page = admin_of(site.app).get(f"/moderation/mail?comment={comment_id}").text

    assert f'href="/moderation/comments/{comment_id}"' in page


def test_with_a_mail_server_no_mail_can_be_read(sqlite_url: str, make_app: AppFactory) -> None:
    app = make_app(sqlite_url, FORUM_SMTP_URL="smtp://127.0.0.1:9")
    admin = admin_of(app)
    mail_id = mail(app)

    answers = [
        admin.get(f"/moderation/mail/{mail_id}").status_code,
        admin.get("/moderation/mail").status_code,
    ]

    assert answers == [404, 200]
    assert f'href="/moderation/mail/{mail_id}"' not in admin.get("/moderation/mail").text


def test_a_failed_mail_that_is_sent_again_starts_anew(sqlite_app: Flask, admin: FlaskClient) -> None:
    mail_id = mail(sqlite_app, state=MailState.FAILED, attempts=7)
    with sqlite_app.app_context(), writing(db.session):
        suppress(db.session, SIGNER, READER.email, SuppressionCause.REFUSED, now=NOW)

    answer = press_send_again(admin, mail_id)

    assert answer.status_code == 303
    with sqlite_app.app_context():
        assert (row(db.session).state, row(db.session).attempts) == (MailState.WAITING, 0)
        assert not is_suppressed(db.session, SIGNER, READER.email)


def test_a_mail_stopped_for_its_address_can_be_sent_again(sqlite_app: Flask, admin: FlaskClient) -> None:
    mail_id = mail(sqlite_app, state=MailState.STOPPED, last_answer=STOPPED_BECAUSE)

    assert f"/moderation/mail/{mail_id}/again" in admin.get("/moderation/mail?state=stopped").text
    assert press_send_again(admin, mail_id).status_code == 303


@pytest.mark.parametrize("state", [MailState.WAITING, MailState.SENT, MailState.STOPPED])
def test_no_other_mail_can_be_sent_again(sqlite_app: Flask, admin: FlaskClient, state: MailState) -> None:
    mail_id = mail(sqlite_app, state=state)

    answer = press_send_again(admin, mail_id)

    assert answer.status_code == 409
    with sqlite_app.app_context():
        assert row(db.session).state is state


def test_pressing_twice_sends_once(sqlite_app: Flask, admin: FlaskClient) -> None:
    mail_id = mail(sqlite_app, state=MailState.FAILED)

    statuses = [press_send_again(admin, mail_id).status_code for _ in range(2)]

    assert statuses == [303, 409]


@pytest.mark.parametrize("target", ["https://elders.example/", "//elders.example", "/\\elders.example"])
def test_the_way_back_never_leads_to_another_site(sqlite_app: Flask, admin: FlaskClient, target: str) -> None:
    mail_id = mail(sqlite_app, state=MailState.FAILED)

    answer = press_send_again(admin, mail_id, next=target)

    assert answer.headers["Location"] == "/moderation/mail?state=failed&done=1"


@pytest.mark.parametrize("path", ["/moderation/mail/999", "/moderation/mail/0", "/moderation/mail/x"])
def test_a_mail_that_is_not_there_is_not_found(admin: FlaskClient, path: str) -> None:
    assert admin.get(path).status_code == 404


def test_a_text_is_cut_at_links_to_this_site_only() -> None:
    text = "Zie https://forum.example/a?b=c. En https://forum.example.evil/x, of https://forum.example"

    parts = with_links(text, "https://forum.example")

    assert "".join(part.text for part in parts) == text
    assert [part.href for part in parts if part.href] == [
        "https://forum.example/a?b=c",
        "https://forum.example",
    ]


def _another(state: MailState) -> MailState:
    return MailState.SENT if state is not MailState.SENT else MailState.WAITING


def _next_key(page: str) -> str:
    return page.partition("page=")[2].partition('"')[0]
