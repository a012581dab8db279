"""What administrators may do with accounts; one of them is always left."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from forum.accounts import administration
from forum.accounts.addresses import AddressTaken
from forum.accounts.administration import AccountDraft, LastAdmin, NotInvited, OwnAccount
from forum.accounts.models import Account, AccountState, RoleName
from forum.accounts.sessions import begin_session, find_live_session
from forum.base.errors import NotAllowed, NotFound, Refusal
from forum.base.session import db, writing
from tests.accounts.work import ADMIN, NEWCOMER, SECOND_ADMIN, mails
from tests.factories import MODERATOR, NOW, Person, make_account

DRAFT = AccountDraft(name=NEWCOMER.name, roles=[RoleName.AUTHOR, RoleName.EDITOR], email=NEWCOMER.email)
NO_ADMIN = AccountDraft(name="Femke Bos", roles=[RoleName.MODERATOR])


def _admin(session: Session, person: Person = ADMIN) -> Account:
    return make_account(session, person, [RoleName.ADMIN])


def _moderator(session: Session) -> Account:
    return make_account(session, MODERATOR, [RoleName.MODERATOR])


def test_an_invitation_makes_an_account_without_a_password(session: Session) -> None:
    admin = _admin(session)

    account = administration.invite(session, admin.id, DRAFT, now=NOW)

    assert (account.password, account.state, account.invited_at) == (None, AccountState.INVITED, NOW)
    assert account.role_names == {"author", "editor"}


def test_an_invitation_is_mailed_to_the_new_account_before_readers_mails(app: Flask) -> None:
    with app.app_context(), writing(db.session):
        administration.invite(db.session, _admin(db.session).id, DRAFT, now=NOW)

    (mail,) = mails(app, "account_invite")
    assert (mail.recipient, mail.to_staff, mail.facts) == (NEWCOMER.email, True, {})


def test_an_address_that_has_an_account_is_not_invited(session: Session) -> None:
    admin = _admin(session)
    administration.invite(session, admin.id, DRAFT, now=NOW)

    with pytest.raises(AddressTaken):
        administration.invite(session, admin.id, DRAFT, now=NOW)


def test_who_has_a_password_is_not_invited_again(session: Session) -> None:
    admin, moderator = _admin(session), _moderator(session)

    with pytest.raises(NotInvited):
        administration.invite_again(session, admin.id, moderator.id, now=NOW)


def test_a_disabled_invitation_is_not_mailed_again(session: Session) -> None:
    admin = _admin(session)
    invited = administration.invite(session, admin.id, DRAFT, now=NOW)
    administration.disable(session, admin.id, invited.id, now=NOW)

    with pytest.raises(NotInvited):
        administration.invite_again(session, admin.id, invited.id, now=NOW)


def test_name_and_roles_are_changed(session: Session) -> None:
    admin, moderator = _admin(session), _moderator(session)

    administration.change_account(session, admin.id, moderator.id, DRAFT, now=NOW)

    assert (moderator.name, moderator.email) == (NEWCOMER.name, MODERATOR.email)
    assert moderator.role_names == {"author", "editor"}


def test_disabling_ends_sessions_at_once(session: Session) -> None:
    admin, moderator = _admin(session), _moderator(session)
    token = begin_session(session, moderator, browser="Firefox", now=NOW)

    administration.disable(session, admin.id, moderator.id, now=NOW)

    assert moderator.state is AccountState.DISABLED
    assert find_live_session(session, moderator, token, now=NOW) is None


def test_an_enabled_account_is_what_it_was(session: Session) -> None:
    admin, moderator = _admin(session), _moderator(session)
    password = moderator.password
    administration.disable(session, admin.id, moderator.id, now=NOW)

    administration.enable(session, admin.id, moderator.id)

    assert (moderator.state, moderator.password) == (AccountState.ACTIVE, password)


def test_nobody_disables_the_own_account(session: Session) -> None:
    admin = _admin(session)
    _admin(session, SECOND_ADMIN)

    with pytest.raises(OwnAccount):
        administration.disable(session, admin.id, admin.id, now=NOW)


def test_the_last_admin_keeps_the_role(session: Session) -> None:
    admin = _admin(session)

    with pytest.raises(LastAdmin):
        administration.change_account(session, admin.id, admin.id, NO_ADMIN, now=NOW)


@pytest.mark.parametrize("lack", ["password", "active"])
def test_an_admin_who_cannot_sign_in_is_no_other_admin(session: Session, lack: str) -> None:
    admin, other = _admin(session), _admin(session, SECOND_ADMIN)
    setattr(other, lack, None if lack == "password" else False)
    session.flush()

    with pytest.raises(LastAdmin):
        administration.change_account(session, admin.id, admin.id, NO_ADMIN, now=NOW)


def test_an_admin_may_step_back_while_another_is_left(session: Session) -> None:
    admin = _admin(session)
    _admin(session, SECOND_ADMIN)

    administration.change_account(session, admin.id, admin.id, NO_ADMIN, now=NOW)

    assert admin.role_names == {"moderator"}


def test_an_admin_keeps_the_role_among_others(session: Session) -> None:
    admin = _admin(session)
    roles = [RoleName.ADMIN, RoleName.AUTHOR]

    administration.change_account(
        session, admin.id, admin.id, AccountDraft(name="Femke", roles=roles), now=NOW
    )

    assert admin.role_names == {"admin", "author"}


@pytest.mark.parametrize("lost", ["role", "active"])
def test_who_lost_the_right_meanwhile_changes_nothing(session: Session, lost: str) -> None:
    admin, moderator = _admin(session), _moderator(session)
    if lost == "role":
        admin.roles = []
    else:
        admin.active = False
    session.flush()

    with pytest.raises(NotAllowed):
        administration.disable(session, admin.id, moderator.id, now=NOW)


def test_an_account_that_is_not_there_is_not_found(session: Session) -> None:
    admin = _admin(session)

    with pytest.raises(NotFound):
        administration.disable(session, admin.id, 4711, now=NOW)


def _at_once(app: Flask, works: list[Callable[[Session], object]]) -> list[str]:
    """What became of each, when all begin at one moment: "done", or the name of the refusal."""
    barrier = Barrier(len(works))

    def run(work: Callable[[Session], object]) -> str:
        with app.app_context():
            barrier.wait()
            try:
                with writing(db.session):
                    work(db.session)
            except Refusal as refusal:
                return type(refusal).__name__
            return "done"

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


@pytest.mark.parametrize("with_third", [False, True])
def test_two_admins_who_disable_each_other_at_once_do_not_both_succeed(app: Flask, with_third: bool) -> None:
    with app.app_context(), writing(db.session):
        first, second = _admin(db.session).id, _admin(db.session, SECOND_ADMIN).id
        if with_third:
            make_account(db.session, NEWCOMER, [RoleName.ADMIN])

    outcomes = _at_once(
        app,
        [
            lambda session: administration.disable(session, first, second, now=NOW),
            lambda session: administration.disable(session, second, first, now=NOW),
        ],
    )

    assert sorted(outcomes) == ["NotAllowed", "done"]


def test_two_admins_who_step_back_at_once_do_not_both_succeed(app: Flask) -> None:
    with app.app_context(), writing(db.session):
        admins = [_admin(db.session).id, _admin(db.session, SECOND_ADMIN).id]

    outcomes = _at_once(
        app,
        [
            lambda session, own=own: administration.change_account(session, own, own, NO_ADMIN, now=NOW)  # type: ignore[misc]
            for own in admins
        ],
    )

    assert sorted(outcomes) == ["LastAdmin", "done"]


def test_one_address_that_two_admins_invite_at_once_is_one_account(app: Flask) -> None:
    with app.app_context(), writing(db.session):
        admins = [_admin(db.session).id, _admin(db.session, SECOND_ADMIN).id]

    outcomes = _at_once(
        app,
        [lambda session, own=own: administration.invite(session, own, DRAFT, now=NOW) for own in admins],  # type: ignore[misc]
    )

    assert sorted(outcomes) == ["AddressTaken", "done"]
    assert len(mails(app, "account_invite")) == 1
