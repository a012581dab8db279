"""Where staff are signed in: a session lives as long as its row, whatever a cookie says."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, text, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from forum.accounts import sessions
from forum.accounts.models import Account, AccountSession, RoleName
from forum.accounts.sign_in import signed_in_check
from forum.base.clock import utc_now
from forum.base.errors import NotFound
from forum.base.session import db, writing
from tests.accounts.work import EDGE, is_signed_in, post, session_rows, sign_in
from tests.factories import AUTHOR, MODERATOR, NOW, PASSWORD, Site, csrf_token, make_account

COOKIE = "weerwoord"


def _account(session: Session) -> Account:
    return make_account(session, MODERATOR, [RoleName.MODERATOR])


def _begin(session: Session, account: Account) -> str:
    return sessions.begin_session(session, account, browser="Firefox, Linux", now=NOW)


def _copied(site: Site, client: FlaskClient) -> FlaskClient:
    """Another browser with the same cookie."""
    cookie = client.get_cookie(COOKIE)
    assert cookie is not None
    thief = site.reader()
    thief.set_cookie(COOKIE, cookie.value)
    return thief


def _age(site: Site, **values: object) -> None:
    with site.app.app_context(), writing(db.session):
        db.session.execute(update(AccountSession).values(**values))


def test_only_the_hash_of_the_cookies_value_is_kept(session: Session) -> None:
    account = _account(session)

    token = _begin(session, account)

    row = session.scalars(select(AccountSession)).one()
    assert len(token) >= 32
    assert token not in (row.token_hash, row.browser)
    assert row.token_hash == sessions.hash_of_token(token)


def test_a_session_is_found_by_its_value_until_twelve_hours_are_over(session: Session) -> None:
    account = _account(session)
    token = _begin(session, account)

    at_the_end = sessions.find_live_session(session, account, token, now=NOW + timedelta(hours=12))
    before = sessions.find_live_session(session, account, token, now=NOW + timedelta(hours=11, minutes=59))

    assert at_the_end is None
    assert before is not None


def test_the_value_of_one_account_opens_no_other(session: Session) -> None:
    token = _begin(session, _account(session))
    other = make_account(session, AUTHOR, [RoleName.AUTHOR])

    assert sessions.find_live_session(session, other, token, now=NOW) is None


def test_signing_in_is_noted_with_the_account(session: Session) -> None:
    account = _account(session)

    _begin(session, account)

    assert account.last_signed_in_at == NOW


def test_ending_every_session_leaves_none_and_no_mailed_link(session: Session) -> None:
    account = _account(session)
    tokens = [_begin(session, account) for _ in range(3)]
    before = account.fs_uniquifier

    sessions.end_sessions(session, account, now=NOW)

    assert not any(sessions.find_live_session(session, account, token, now=NOW) for token in tokens)
    assert account.fs_uniquifier != before


def test_ending_the_others_leaves_this_one(session: Session) -> None:
    account = _account(session)
    kept, other = _begin(session, account), _begin(session, account)

    sessions.end_other_sessions(session, account.id, kept, now=NOW)

    assert sessions.find_live_session(session, account, kept, now=NOW) is not None
    assert sessions.find_live_session(session, account, other, now=NOW) is None


def test_the_end_of_one_accounts_sessions_is_not_that_of_anothers(session: Session) -> None:
    account, other = _account(session), make_account(session, AUTHOR, [RoleName.AUTHOR])
    token = _begin(session, other)

    sessions.end_other_sessions(session, account.id, "", now=NOW)

    assert sessions.find_live_session(session, other, token, now=NOW) is not None


def test_a_session_of_somebody_else_cannot_be_ended(session: Session) -> None:
    account, other = _account(session), make_account(session, AUTHOR, [RoleName.AUTHOR])
    _begin(session, other)
    row = session.scalars(select(AccountSession)).one()

    with pytest.raises(NotFound):
        sessions.end_session(session, account.id, row.id, now=NOW)


def test_ending_a_session_twice_keeps_the_first_moment(session: Session) -> None:
    account = _account(session)
    _begin(session, account)
    row = session.scalars(select(AccountSession)).one()

    for minutes in (1, 2):
        sessions.end_session(session, account.id, row.id, now=NOW + timedelta(minutes=minutes))

    assert row.ended_at == NOW + timedelta(minutes=1)


def test_a_sight_is_noted_at_most_every_five_minutes(session: Session) -> None:
    account = _account(session)
    _begin(session, account)
    row = session.scalars(select(AccountSession)).one()

    noted = []
    for minutes in (4, 5, 9, 10):
        now = NOW + timedelta(minutes=minutes)
        noted.append(sessions.needs_sight(row, now=now))
        sessions.note_sight(session, row.id, now=now)
        session.expire(row)

    assert noted == [False, True, False, True]
    assert row.last_seen_at == NOW + timedelta(minutes=10)


def test_signing_in_makes_a_session_with_the_browser_in_words(both_sites: Site) -> None:
    sign_in(both_sites, MODERATOR.email, PASSWORD, agent=EDGE)

    (row,) = session_rows(both_sites.app, both_sites.moderator_id)
    assert row.browser == "Edge, Windows"


def test_a_wrong_password_makes_no_session(site: Site) -> None:
    sign_in(site, MODERATOR.email, "een heel ander geheim")

    assert not session_rows(site.app, site.moderator_id)


def test_nobody_is_signed_in_when_the_session_could_not_be_kept(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_args: object, **_values: object) -> None:
        raise OperationalError("INSERT", {}, Exception("attempt to write a readonly database"))

    client = site.reader()
    monkeypatch.setattr(sessions, "begin_session", refuse)
    answer = sign_in(site, MODERATOR.email, PASSWORD, client)

    assert answer.status_code == 503
    assert not is_signed_in(client)


def test_signing_out_ends_the_session_and_every_copy_of_its_cookie(both_sites: Site) -> None:
    owner = both_sites.reader()
    sign_in(both_sites, MODERATOR.email, PASSWORD, owner)
    thief = _copied(both_sites, owner)
    was_in = is_signed_in(thief)

    owner.post("/logout", data={"csrf_token": csrf_token(owner)})

    assert was_in
    assert not is_signed_in(thief)
    assert session_rows(both_sites.app, both_sites.moderator_id)[0].ended_at is not None


def test_earlier_sessions_are_told_with_their_end(session: Session) -> None:
    account = _account(session)
    for hours in (0, 1, 13):
        sessions.begin_session(session, account, browser=f"na {hours} uur", now=NOW + timedelta(hours=hours))
    first, second, _third = session.scalars(select(AccountSession).order_by(AccountSession.id))
    sessions.end_session(session, account.id, second.id, now=NOW + timedelta(hours=2))

    earlier = sessions.earlier_sessions(session, account.id, now=NOW + timedelta(hours=13))

    assert [(row.id, ended_at) for row, ended_at in earlier] == [
        (second.id, NOW + timedelta(hours=2)),
        (first.id, NOW + timedelta(hours=12)),
    ]


def test_a_colleagues_earlier_sessions_are_not_ones_own(session: Session) -> None:
    account, colleague = _account(session), make_account(session, AUTHOR, [RoleName.AUTHOR])
    _begin(session, account)

    found = sessions.earlier_sessions(session, colleague.id, now=NOW + timedelta(days=1))

    assert found == []


def test_signing_out_of_one_browser_leaves_the_other(site: Site) -> None:
    here, there = site.moderator(), site.moderator()

    here.post("/logout", data={"csrf_token": csrf_token(here)})

    assert is_signed_in(there)


def test_a_cookie_without_the_value_of_a_session_opens_nothing(site: Site) -> None:
    client = site.moderator()
    with client.session_transaction() as cookie:
        del cookie["session"]

    assert not is_signed_in(client)


def test_a_session_whose_row_is_gone_is_over(site: Site) -> None:
    client = site.moderator()
    with site.app.app_context(), writing(db.session):
        db.session.execute(text("DELETE FROM account_sessions"))

    assert not is_signed_in(client)


def test_an_old_session_is_over_however_often_it_was_used(site: Site) -> None:
    client = site.moderator()
    _age(site, signed_in_at=utc_now() - timedelta(hours=13))

    assert not is_signed_in(client)


def test_a_page_that_is_read_notes_that_the_session_was_seen(both_sites: Site) -> None:
    client = both_sites.moderator()
    long_ago = utc_now() - timedelta(hours=1)
    _age(both_sites, last_seen_at=long_ago)

    client.get("/desk", buffered=True)

    (row,) = session_rows(both_sites.app, both_sites.moderator_id)
    assert row.last_seen_at > long_ago


def test_staff_pages_are_read_where_nothing_can_be_written(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = site.moderator()
    _age(site, last_seen_at=utc_now() - timedelta(hours=1))
    tried = []

    def refuse(*_args: object, **_values: object) -> None:
        tried.append(1)
        raise OperationalError("UPDATE", {}, Exception("attempt to write a readonly database"))

    monkeypatch.setattr(sessions, "note_sight", refuse)
    answer = client.get("/desk", buffered=True)

    assert tried
    assert answer.status_code == 200


def test_reading_many_pages_writes_nothing(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    client = site.moderator()
    written = []
    monkeypatch.setattr(sessions, "note_sight", lambda *_args, **_values: written.append(1))

    for _ in range(5):
        client.get("/desk", buffered=True)

    assert not written


def test_the_own_page_lists_where_one_is_signed_in_and_marks_this_browser(site: Site) -> None:
    client = site.moderator()
    sign_in(site, MODERATOR.email, PASSWORD, agent=EDGE)
    site.author()

    page = client.get("/desk/account").text

    assert page.count("Edge, Windows</b>") == 1
    assert page.count("Firefox, Linux</b>") == 1
    assert page.count('class="tag accent"') == 1


def test_one_other_browser_is_signed_out_from_the_own_page(both_sites: Site) -> None:
    here, there = both_sites.moderator(), both_sites.moderator()
    other = session_rows(both_sites.app, both_sites.moderator_id)[1]

    answer = post(here, f"/desk/account/sessions/{other.id}/end")

    assert answer.status_code == 303
    assert is_signed_in(here)
    assert not is_signed_in(there)


def test_nobody_ends_a_colleagues_session(site: Site) -> None:
    author, moderator = site.author(), site.moderator()
    (row,) = session_rows(site.app, site.moderator_id)

    answer = post(author, f"/desk/account/sessions/{row.id}/end")

    assert answer.status_code == 404
    assert is_signed_in(moderator)


def test_everywhere_else_is_signed_out_at_once(both_sites: Site) -> None:
    here, others = both_sites.moderator(), [both_sites.moderator() for _ in range(3)]
    colleague = both_sites.author()

    answer = post(here, "/desk/account/sessions/end")

    assert answer.status_code == 303
    assert is_signed_in(here)
    assert not any(is_signed_in(other) for other in others)
    assert is_signed_in(colleague)


def test_the_page_cache_asks_no_database_who_is_signed_in(site: Site) -> None:
    client = site.moderator()
    cookie = client.get_cookie(COOKIE)
    assert cookie is not None
    check = signed_in_check(site.app, site.app.extensions["forum_settings"])

    assert check({"HTTP_COOKIE": f"{COOKIE}={cookie.value}"})
    assert not check({"HTTP_COOKIE": f"{COOKIE}=nonsense"})
