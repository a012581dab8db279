"""What administrators do with the accounts of others: invite, change, disable, end sessions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from forum.accounts.addresses import claim_address
from forum.accounts.links import LinkFor
from forum.accounts.mails import put_link_mail
from forum.accounts.models import Account, Role, RoleName
from forum.accounts.service import new_account, roles_named
from forum.accounts.sessions import end_sessions
from forum.base.errors import Conflict, NotAllowed, NotFound
from forum.base.session import lock_key


class LastAdmin(Conflict):
    """Nobody would be left who can manage accounts (409)."""

    message = _("This is the last administrator who can sign in. Make somebody else administrator first.")


class OwnAccount(Conflict):
    """One's own account (409)."""

    message = _("You cannot disable your own account. Ask another administrator.")


class NotInvited(Conflict):
    """An account without an open invitation (409)."""

    message = _(
        "There is no open invitation for this account: a password has been chosen, or it is disabled."
    )


@dataclass(frozen=True)
class AccountDraft:
    """The clean values of the form about an account.

    :param email: normalised; only an invitation has one, also while it is open.
    """

    name: str
    roles: Sequence[RoleName]
    email: str = ""


def list_accounts(session: Session) -> Sequence[Account]:
    """Every account, by name."""
    return sorted(session.scalars(select(Account)), key=lambda account: (account.name.casefold(), account.id))


def get_account(session: Session, account_id: int) -> Account:
    """The account with this id.

    :raises NotFound: there is none.
    """
    account = session.get(Account, account_id)
    if account is None:
        raise NotFound
    return account


def invite(session: Session, admin_id: int, draft: AccountDraft, *, now: datetime) -> Account:
    """Make an account without a password, and mail the link to choose one. The caller commits.

    :raises AddressTaken: there is an account with the address.
    :raises NotAllowed: the account `admin_id` is no administrator any more.
    """
    _begin(session, admin_id)
    claim_address(session, draft.email)
    account = new_account(session, email=draft.email, name=draft.name, now=now)
    account.roles = roles_named(session, draft.roles)
    _mail_invitation(session, account, now=now)
    return account


def invite_again(session: Session, admin_id: int, account_id: int, *, now: datetime) -> None:
    """Mail a new link to somebody who has chosen no password yet. The caller commits.

    :raises NotInvited: the account has a password, or is disabled.
    :raises NotAllowed: as `invite`.
    """
    _begin(session, admin_id)
    account = get_account(session, account_id)
    if not account.is_invited:
        raise NotInvited
    _mail_invitation(session, account, now=now)


def change_account(
    session: Session, admin_id: int, account_id: int, draft: AccountDraft, *, now: datetime
) -> Account:
    """Give the account this name and these roles; they count at once. The caller commits.

    While its invitation is open it can be given another address too: the invitation then goes there, and the link of
    the earlier one opens nothing.

    :raises AddressTaken: there is an account with that address.
    :raises LastAdmin: nobody would be left who can manage accounts.
    :raises NotAllowed: as `invite`.
    """
    _begin(session, admin_id)
    account = get_account(session, account_id)
    if RoleName.ADMIN not in draft.roles:
        _require_another_admin(session, account)
    if account.is_invited and draft.email and draft.email != account.email:
        claim_address(session, draft.email)
        account.email = draft.email
        _mail_invitation(session, account, now=now)
    account.name = draft.name
    account.roles = roles_named(session, draft.roles)
    return account


def disable(session: Session, admin_id: int, account_id: int, *, now: datetime) -> None:
    """Shut the account: its sessions and mailed links end at once. The caller commits.

    :raises OwnAccount: of whoever asks.
    :raises LastAdmin: nobody would be left who can manage accounts.
    :raises NotAllowed: as `invite`.
    """
    _begin(session, admin_id)
    account = get_account(session, account_id)
    if account.id == admin_id:
        raise OwnAccount
    _require_another_admin(session, account)
    account.active = False
    account.new_email = None
    end_sessions(session, account, now=now)


def enable(session: Session, admin_id: int, account_id: int) -> None:
    """Let the account sign in again, with the password that it had. The caller commits.

    :raises NotAllowed: as `invite`.
    """
    _begin(session, admin_id)
    get_account(session, account_id).active = True


def end_all_sessions(session: Session, admin_id: int, account_id: int, *, now: datetime) -> None:
    """Sign the account out everywhere. The caller commits.

    :raises NotAllowed: as `invite`.
    """
    _begin(session, admin_id)
    end_sessions(session, get_account(session, account_id), now=now)


def _begin(session: Session, admin_id: int) -> None:
    """One administrator's change at a time, by somebody who is one at that moment.

    Two of them who shut each other out at once would leave nobody: the second finds that it lost the right.
    """
    lock_key(session, "account administration")
    admin = session.get(Account, admin_id, populate_existing=True)
    if admin is None or not _can_administer(admin):
        raise NotAllowed


def _require_another_admin(session: Session, account: Account) -> None:
    if not _can_administer(account):
        return
    admins = session.scalars(select(Account).where(Account.roles.any(Role.name == RoleName.ADMIN.value)))
    if not any(_can_administer(admin) for admin in admins if admin.id != account.id):
        raise LastAdmin


def _can_administer(account: Account) -> bool:
    return account.active and account.password is not None and RoleName.ADMIN.value in account.role_names


def _mail_invitation(session: Session, account: Account, *, now: datetime) -> None:
    account.invited_at = now
    put_link_mail(session, LinkFor.INVITATION, account, now=now)
