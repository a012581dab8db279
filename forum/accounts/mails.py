"""The mails to staff about their own account: put into the outbox, and what they say when they are sent."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial

from flask import Flask, url_for
from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString
from sqlalchemy.orm import Session

from forum.accounts.links import LASTS, LinkFor, link_counts, make_link_token
from forum.accounts.models import Account
from forum.accounts.words import roles_in_words
from forum.base.signing import Signer
from forum.mail.kinds import Content, register_mail
from forum.mail.models import OutboxMail
from forum.mail.outbox import NewMail, put

EMAIL_CHANGED = "account_email_changed"
PASSWORD_CHANGED = "account_password_changed"  # noqa: S105 - a kind of mail

_VIEWS = {
    LinkFor.INVITATION: "accounts.invitation_page",
    LinkFor.RECOVERY: "accounts.recovery_page",
    LinkFor.NEW_EMAIL: "accounts.new_email_page",
}
_WHY: Mapping[LinkFor, LazyString] = {
    LinkFor.INVITATION: _("You have this mail because an administrator invited you."),
    LinkFor.RECOVERY: _("You have this mail because somebody asked for it on the sign-in page."),
    LinkFor.NEW_EMAIL: _("You have this mail because somebody chose this address for an account."),
}


def put_link_mail(session: Session, purpose: LinkFor, account: Account, *, now: datetime) -> None:
    """Put the mail with this link into the outbox; an unproven address gets its own. The caller commits."""
    recipient = account.new_email if purpose is LinkFor.NEW_EMAIL else account.email
    _put(session, purpose.value, account, recipient or account.email, now=now)


def put_recovery_mail(session: Session, account: Account | None, email: str, *, now: datetime) -> str:
    """Put the mail to choose a new password, also where no account has the address: then it is to be taken back.

    The caller commits.

    :return: its key.
    """
    return _put(session, LinkFor.RECOVERY.value, account, email, now=now)


def put_email_changed(session: Session, account: Account, former_email: str, *, now: datetime) -> None:
    """Tell the former address that it is no longer the account's. The caller commits."""
    _put(session, EMAIL_CHANGED, account, former_email, now=now)


def put_password_changed(session: Session, account: Account, *, now: datetime) -> None:
    """Tell an account that its password is another one, in case it was not its owner. The caller commits."""
    _put(session, PASSWORD_CHANGED, account, account.email, now=now)


def register_account_mails(app: Flask) -> None:
    """Register the composers of this folder's mails."""
    signer: Signer = app.extensions["forum_signer"]
    for purpose in LinkFor:
        register_mail(app, purpose.value, partial(_compose_link, signer, purpose))
    register_mail(app, EMAIL_CHANGED, _compose_email_changed)
    register_mail(app, PASSWORD_CHANGED, _compose_password_changed)


def _put(session: Session, kind: str, account: Account | None, recipient: str, *, now: datetime) -> str:
    account_id = account.id if account is not None else None
    key = f"{kind}:{account_id or 0}:{int(now.timestamp() * 1_000_000)}"
    put(
        session,
        NewMail(key=key, kind=kind, recipient=recipient, to_staff=True, awaited=True, account_id=account_id),
        now=now,
    )
    return key


def _compose_link(
    signer: Signer, purpose: LinkFor, session: Session, mail: OutboxMail, now: datetime
) -> Content | None:
    """The link counts from the moment at which it was asked for: who waits in an outage asks again."""
    account = session.get(Account, mail.account_id) if mail.account_id else None
    if account is None or not link_counts(purpose, account) or _goes_elsewhere(purpose, account, mail):
        return None
    if mail.created_at + LASTS[purpose] <= now:
        return None
    token = make_link_token(signer, purpose, account, asked_at=mail.created_at)
    url = url_for(_VIEWS[purpose], token=token, _external=True)
    return _content(account, _WHY[purpose], url=url, roles=roles_in_words(account))


def _compose_email_changed(session: Session, mail: OutboxMail, _now: datetime) -> Content | None:
    """Nothing is told to an address that is the account's again."""
    account = session.get(Account, mail.account_id) if mail.account_id else None
    if account is None or account.email == mail.recipient:
        return None
    return _content(account, _("You have this mail because the account had this address until now."))


def _compose_password_changed(session: Session, mail: OutboxMail, _now: datetime) -> Content | None:
    account = session.get(Account, mail.account_id) if mail.account_id else None
    if account is None or account.email != mail.recipient:
        return None
    why = _("You have this mail because it is about the password of your account.")
    return _content(
        account, why, changed_at=mail.created_at, url=url_for("accounts.forgotten_page", _external=True)
    )


def _goes_elsewhere(purpose: LinkFor, account: Account, mail: OutboxMail) -> bool:
    """Whether the address has changed since the mail was asked for: a link goes to the present one only."""
    return mail.recipient != (account.new_email if purpose is LinkFor.NEW_EMAIL else account.email)


def _content(account: Account, why: LazyString, **values: object) -> Content:
    return Content(values={"account": account, **values}, language=account.locale, why=str(why))
