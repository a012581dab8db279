"""Who may call which route: every route of the application, as a guest and in every single role."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from forum.accounts.models import RoleName
from forum.base.session import db, writing
from tests import factories
from tests.factories import Person, Site, csrf_token, signed_in

A, M, E, ADMIN = "author", "moderator", "editor", "admin"
STAFF = {
    "/moderation": {M, ADMIN},
    "/moderation/comments/<comment_id>": {M, ADMIN},
    "/moderation/comments/<comment_id>/decisions": {M, ADMIN},
    "/moderation/comments/<comment_id>/erasure": {ADMIN},
    "/moderation/decisions": {M, ADMIN},
    "/moderation/mail": {ADMIN},
    "/moderation/mail/<mail_id>": {ADMIN},
    "/moderation/mail/<mail_id>/again": {ADMIN},
    "/desk": {A, M, E, ADMIN},
    "/desk/design": {A, M, E, ADMIN},
    "/desk/language": {A, M, E, ADMIN},
    "/desk/mail": {A, M, E, ADMIN},
    "/articles/<slug>/replies/new": {A, M, E, ADMIN},
    "/logout": {A, M, E, ADMIN},
    "/desk/account": {A, M, E, ADMIN},
    "/desk/account/email": {A, M, E, ADMIN},
    "/desk/account/password": {A, M, E, ADMIN},
    "/desk/account/sessions/end": {A, M, E, ADMIN},
    "/desk/account/sessions/<session_id>/end": {A, M, E, ADMIN},
    "/desk/accounts": {ADMIN},
    "/desk/accounts/new": {ADMIN},
    "/desk/accounts/<account_id>": {ADMIN},
    "/desk/accounts/<account_id>/invitations": {ADMIN},
    "/desk/accounts/<account_id>/disable": {ADMIN},
    "/desk/accounts/<account_id>/enable": {ADMIN},
    "/desk/accounts/<account_id>/sessions/end": {ADMIN},
}
"""The staff routes and their roles, written out again on purpose: a slip in a view's mark shows here."""
PUBLIC = {
    "/", "/privacy", "/articles/<slug>", "/articles/<slug>/comments", "/articles/<slug>/comments/new",
    "/articles/<slug>/comments/latest", "/preview",
    "/submissions/<token>", "/submissions/<token>/mail", "/submissions/<token>/address", "/confirm/<token>",
    "/articles/<slug>/follow", "/follow/<token>", "/unsubscribe/<token>",
    "/writer/link", "/writer/<token>", "/writer/close", "/writer/forget", "/writer/erased",
    "/comments/<comment_id>", "/login", "/healthz", "/readyz", "/mail/bounces",
    "/static/<path:filename>",
    "/assets/<fingerprint>/<name>",
    "/login/forgotten", "/login/recovery/<token>", "/invitations/<token>", "/new-address/<token>",
}  # fmt: skip
WRITERS = {
    "/writer", "/writer/mail", "/writer/follows/<slug>", "/writer/comments/<comment_id>/text",
    "/writer/comments/<comment_id>/withdraw", "/writer/comments/<comment_id>/confirmation",
    "/writer/comments/<comment_id>/answers", "/writer/everything.json", "/writer/everything.html", "/writer/erase",
}  # fmt: skip
"""What opens by the link in a mail alone: no account, and no role, leads there."""
REFUSED = {"/verify", "/fs-static/<path:filename>"}
"""Routes of libraries that nobody needs: they state no role, so nobody gets in."""


def _account(site: Site, role: RoleName) -> int:
    """An account with this role alone; the author's is the one in the byline."""
    known = {RoleName.AUTHOR: site.author_id, RoleName.MODERATOR: site.moderator_id}
    if role in known:
        return known[role]
    with site.app.app_context(), writing(db.session):
        person = Person("Femke Bos", f"{role}@redactie.example")
        return factories.make_account(db.session, person, [role]).id


def _calls(app: Flask) -> Iterator[tuple[str, str]]:
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"OPTIONS", "HEAD"}):
            yield method, rule.rule


def _call(site: Site, client: FlaskClient, method: str, rule: str, **form: str) -> Any:
    """Call a route with an article and a comment that exist."""
    path = (
        rule.replace("<slug>", site.slug)
        .replace("<comment_id>", "1")
        .replace("<account_id>", "1")
        .replace("<session_id>", "1")
        .replace("<token>", "none")
        .replace("<mail_id>", "1")
        .replace("<path:filename>", "js/writing.js")
        .replace("<fingerprint>/<name>", "0/readers.css")
    )
    return client.open(path, method=method, data=form if method == "POST" else None, buffered=True)


def _kind(rule: str) -> str:
    kinds = {"public": PUBLIC, "refused": REFUSED, "writer": WRITERS}
    return next((kind for kind, rules in kinds.items() if rule in rules), "staff")


def _leads_to_the_door(method: str, answer: Any) -> bool:
    if method == "POST":
        return bool(answer.status_code == 403)
    return bool(answer.status_code == 303 and answer.headers["Location"] == "/writer/link")


def test_every_route_is_in_one_of_the_lists(site: Site) -> None:
    rules = {rule.rule for rule in site.app.url_map.iter_rules()}

    assert rules == STAFF.keys() | PUBLIC | WRITERS | REFUSED


def test_a_guest_gets_the_public_pages_and_is_asked_to_sign_in_for_the_others(site: Site) -> None:
    site.approved()
    wrong = []
    for method, rule in _calls(site.app):
        answer = _call(site, site.reader(), method, rule, name="x")
        to_sign_in = answer.status_code == 302 and answer.headers["Location"].startswith("/login?next=")
        expected = {
            # Signing in takes a form of this session, and says 403 without its token.
            "public": (answer.status_code not in {401, 403} or (method, rule) == ("POST", "/login"))
            and not to_sign_in,
            "refused": answer.status_code == 403,
            "staff": to_sign_in if method == "GET" else answer.status_code == 403,
            "writer": _leads_to_the_door(method, answer),
        }[_kind(rule)]
        if not expected:
            wrong.append((method, rule, answer.status_code))

    assert not wrong


@pytest.mark.parametrize("role", list(RoleName))
def test_every_role_gets_exactly_what_its_routes_state(site: Site, role: RoleName) -> None:
    site.approved()
    account_id = _account(site, role)
    wrong = []
    for method, rule in _calls(site.app):
        client = signed_in(site.app, account_id)
        answer = _call(site, client, method, rule, csrf_token=csrf_token(client))
        if rule in WRITERS:
            if not _leads_to_the_door(method, answer):
                wrong.append((method, rule, answer.status_code))
            continue
        may = rule in PUBLIC or role.value in STAFF.get(rule, set())
        if (answer.status_code == 403) == may or answer.status_code in {401, 500}:
            wrong.append((method, rule, answer.status_code))

    assert not wrong


@pytest.mark.parametrize("token", [None, "", "geraden"])
def test_a_staff_form_without_its_token_is_refused_wherever_it_goes(site: Site, token: str | None) -> None:
    comment_id = site.approved()
    client = signed_in(site.app, _account(site, RoleName.ADMIN))  # whom no route refuses for a missing role
    csrf_token(client)
    form = {"action": "remove", "reason": "insult", "version": "2", "body": "Dank voor je vraag."}
    form |= {} if token is None else {"csrf_token": token}
    rules = [rule for method, rule in _calls(site.app) if method == "POST" and rule in STAFF]

    answers = {rule: _call(site, client, "POST", rule, **form).status_code for rule in rules}

    assert answers == dict.fromkeys(answers, 403)
    assert len(answers) > 15
    assert site.reader().get(f"/comments/{comment_id}").status_code == 302
    assert client.get("/desk").status_code == 200


def test_another_sessions_token_is_refused(site: Site) -> None:
    stolen = csrf_token(site.author())
    moderator = site.moderator()
    csrf_token(moderator)

    answer = _call(site, moderator, "POST", "/moderation/decisions", csrf_token=stolen)

    assert answer.status_code == 403


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_route_that_states_no_role_is_refused_for_everyone(site: Site, method: str) -> None:
    site.app._got_first_request = False  # the application was asked already while its people were made
    site.app.add_url_rule("/forgotten", "forgotten", lambda: "secret", methods=["GET", "POST"])
    admin = signed_in(site.app, _account(site, RoleName.ADMIN))

    answers = [client.open("/forgotten", method=method) for client in (site.reader(), admin)]

    assert [answer.status_code for answer in answers] == [403, 403]
    assert not any("secret" in answer.text for answer in answers)


def test_options_tell_a_guest_nothing_of_staff_routes(site: Site) -> None:
    assert site.reader().options("/moderation").status_code == 403
    assert site.reader().options("/articles/een-artikel/comments").status_code == 200


def test_a_guest_is_sent_back_to_the_page_after_signing_in(site: Site) -> None:
    answer = site.reader().get("/moderation?state=spam&q=een+twee")

    assert answer.headers["Location"] == "/login?next=/moderation?state%3Dspam%26q%3Deen%2Btwee"
