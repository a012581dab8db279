"""A link in a mail is for one account and one thing, expires, and dies when it has done its work."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from forum.accounts.links import LASTS, LinkFor, LinkSpent, account_of_link, make_link_token
from forum.accounts.models import Account, RoleName
from forum.accounts.sessions import end_sessions
from forum.base.errors import NotFound
from forum.base.signing import Signer, TokenExpired
from tests.factories import MODERATOR, NOW, SIGNER, make_account

EVERY = pytest.mark.parametrize("purpose", list(LinkFor))


def _account(session: Session, purpose: LinkFor) -> Account:
    """An account to which such a link would be mailed."""
    account = make_account(session, MODERATOR, [RoleName.MODERATOR])
    if purpose is LinkFor.INVITATION:
        account.password = None
    if purpose is LinkFor.NEW_EMAIL:
        account.new_email = "nieuw@redactie.example"
    return account


def _open(session: Session, purpose: LinkFor, token: str, *, later: timedelta = timedelta()) -> Account:
    return account_of_link(session, SIGNER, purpose, token, now=NOW + later)


@EVERY
def test_a_link_leads_to_its_account(sqlite_session: Session, purpose: LinkFor) -> None:
    account = _account(sqlite_session, purpose)
    token = make_link_token(SIGNER, purpose, account, asked_at=NOW)

    assert _open(sqlite_session, purpose, token) is account


@EVERY
def test_a_link_works_until_its_time_is_over(sqlite_session: Session, purpose: LinkFor) -> None:
    account = _account(sqlite_session, purpose)
    token = make_link_token(SIGNER, purpose, account, asked_at=NOW)

    assert _open(sqlite_session, purpose, token, later=LASTS[purpose] - timedelta(seconds=1)) is account
    with pytest.raises(TokenExpired):
        _open(sqlite_session, purpose, token, later=LASTS[purpose])


@pytest.mark.parametrize(("purpose", "hours"), [("account_invite", 168), ("account_recovery", 1)])
def test_links_last_as_long_as_the_mails_say(purpose: str, hours: int) -> None:
    assert LASTS[LinkFor(purpose)] == timedelta(hours=hours)


@EVERY
def test_a_link_for_one_thing_is_none_for_another(sqlite_session: Session, purpose: LinkFor) -> None:
    account = _account(sqlite_session, purpose)
    token = make_link_token(SIGNER, purpose, account, asked_at=NOW)

    for other in set(LinkFor) - {purpose}:
        with pytest.raises(NotFound):
            _open(sqlite_session, other, token)


@pytest.mark.parametrize("token", ["", "none", "a.b.c", "é", "x" * 10_000])
def test_a_link_that_somebody_made_up_leads_nowhere(sqlite_session: Session, token: str) -> None:
    with pytest.raises(NotFound):
        _open(sqlite_session, LinkFor.RECOVERY, token)


def test_a_link_of_another_installation_leads_nowhere(sqlite_session: Session) -> None:
    account = _account(sqlite_session, LinkFor.RECOVERY)
    token = make_link_token(Signer("t" * 40), LinkFor.RECOVERY, account, asked_at=NOW)

    with pytest.raises(NotFound):
        _open(sqlite_session, LinkFor.RECOVERY, token)


@EVERY
def test_no_address_can_be_read_from_a_link(sqlite_session: Session, purpose: LinkFor) -> None:
    account = _account(sqlite_session, purpose)

    token = make_link_token(SIGNER, purpose, account, asked_at=NOW)

    payload = SIGNER.read_token(purpose.value, token)
    assert "@" not in str(payload)


@EVERY
@pytest.mark.parametrize("change", ["email", "active", "sessions"])
def test_a_link_dies_with_what_it_is_bound_to(sqlite_session: Session, purpose: LinkFor, change: str) -> None:
    account = _account(sqlite_session, purpose)
    token = make_link_token(SIGNER, purpose, account, asked_at=NOW)

    if change == "email":
        account.email = "elders@redactie.example"
    elif change == "active":
        account.active = False
    else:
        end_sessions(sqlite_session, account, now=NOW)

    with pytest.raises(LinkSpent):
        _open(sqlite_session, purpose, token)


def test_an_invitation_ends_when_a_password_has_been_chosen(sqlite_session: Session) -> None:
    account = _account(sqlite_session, LinkFor.INVITATION)
    token = make_link_token(SIGNER, LinkFor.INVITATION, account, asked_at=NOW)

    account.password = "$argon2id$…"

    with pytest.raises(LinkSpent):
        _open(sqlite_session, LinkFor.INVITATION, token)


def test_a_recovery_ends_when_the_password_has_been_changed_otherwise(sqlite_session: Session) -> None:
    account = _account(sqlite_session, LinkFor.RECOVERY)
    token = make_link_token(SIGNER, LinkFor.RECOVERY, account, asked_at=NOW)

    account.password = "$argon2id$…"

    with pytest.raises(LinkSpent):
        _open(sqlite_session, LinkFor.RECOVERY, token)


def test_the_link_to_one_new_address_does_not_prove_the_next(sqlite_session: Session) -> None:
    account = _account(sqlite_session, LinkFor.NEW_EMAIL)
    token = make_link_token(SIGNER, LinkFor.NEW_EMAIL, account, asked_at=NOW)

    account.new_email = "anders@redactie.example"

    with pytest.raises(LinkSpent):
        _open(sqlite_session, LinkFor.NEW_EMAIL, token)
