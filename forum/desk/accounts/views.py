"""The administrators' pages about staff accounts."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, current_app, make_response, redirect, render_template, request, url_for
from sqlalchemy import select

from forum.accounts import administration
from forum.accounts.addresses import AddressTaken
from forum.accounts.forms import AccountForm
from forum.accounts.links import LinkFor
from forum.accounts.models import RoleName
from forum.accounts.rights import account_of_request, staff_only
from forum.accounts.sessions import earlier_sessions, live_sessions
from forum.accounts.words import RIGHTS, ROLES, STATES
from forum.articles.models import Person
from forum.articles.people import link_account
from forum.base.clock import utc_now
from forum.base.errors import Conflict
from forum.base.session import db, writing
from forum.config import Settings
from forum.mail.outbox import failure_of
from forum.web.form_data import takes_at_most
from forum.web.request_values import positive_int

bp = Blueprint("desk_accounts", __name__)
MAX_ACCOUNT_BYTES = 16 * 1024


@bp.get("/desk/accounts")
@staff_only(RoleName.ADMIN)
def list_page() -> Response:
    """Everybody who has an account."""
    accounts = administration.list_accounts(db.session)
    return _page("desk/accounts.html", accounts=accounts, done=request.args.get("done", ""))


@bp.get("/desk/accounts/new")
@staff_only(RoleName.ADMIN)
def invitation_form() -> Response:
    """The form that invites somebody."""
    return _page("desk/accounts_new.html", form=AccountForm())


@bp.post("/desk/accounts/new")
@staff_only(RoleName.ADMIN)
@takes_at_most(MAX_ACCOUNT_BYTES)
def invite() -> Response:
    """Make an account and mail the link with which its owner chooses a password."""
    form = AccountForm.from_request()
    draft = form.check(with_address=True)
    if draft is None:
        return _page("desk/accounts_new.html", status=422, form=form)
    admin_id = account_of_request().id
    try:
        with writing(db.session):
            link_account(db.session, administration.invite(db.session, admin_id, draft, now=utc_now()))
    except AddressTaken as refusal:
        form.errors["email"] = str(refusal.message)
        return _page("desk/accounts_new.html", status=refusal.status, form=form)
    return make_response(redirect(url_for("desk_accounts.list_page", done="invited"), 303))


@bp.get("/desk/accounts/<account_id>")
@staff_only(RoleName.ADMIN)
def account_page(account_id: str) -> Response:
    """One account: who it is, what it may do, where it is signed in, and was."""
    return _account_page(positive_int(account_id))


@bp.post("/desk/accounts/<account_id>")
@staff_only(RoleName.ADMIN)
@takes_at_most(MAX_ACCOUNT_BYTES)
def change(account_id: str) -> Response:
    """Change name and roles, and the address of somebody who has not come in yet."""
    form = AccountForm.from_request()
    wanted = positive_int(account_id)
    former = administration.get_account(db.session, wanted)
    draft = form.check(with_address=former.is_invited)
    if draft is None:
        return _account_page(wanted, form=form, status=422)
    done = "invited" if former.is_invited and draft.email != former.email else "saved"

    def carry_out(admin_id: int) -> None:
        account = administration.change_account(db.session, admin_id, wanted, draft, now=utc_now())
        link_account(db.session, account)

    try:
        return _carry_out(wanted, carry_out, done=done, form=form)
    except AddressTaken as refusal:
        form.errors["email"] = str(refusal.message)
        return _account_page(wanted, form=form, status=refusal.status)


@bp.post("/desk/accounts/<account_id>/invitations")
@staff_only(RoleName.ADMIN)
def invite_again(account_id: str) -> Response:
    """Mail the link again."""
    wanted = positive_int(account_id)
    return _carry_out(
        wanted,
        lambda admin: administration.invite_again(db.session, admin, wanted, now=utc_now()),
        done="invited",
    )


@bp.post("/desk/accounts/<account_id>/disable")
@staff_only(RoleName.ADMIN)
def disable(account_id: str) -> Response:
    """Shut an account, and sign it out everywhere."""
    wanted = positive_int(account_id)
    return _carry_out(
        wanted,
        lambda admin: administration.disable(db.session, admin, wanted, now=utc_now()),
        done="disabled",
    )


@bp.post("/desk/accounts/<account_id>/enable")
@staff_only(RoleName.ADMIN)
def enable(account_id: str) -> Response:
    """Open an account again."""
    wanted = positive_int(account_id)
    return _carry_out(wanted, lambda admin: administration.enable(db.session, admin, wanted), done="enabled")


@bp.post("/desk/accounts/<account_id>/sessions/end")
@staff_only(RoleName.ADMIN)
def end_sessions(account_id: str) -> Response:
    """Sign an account out everywhere."""
    wanted = positive_int(account_id)
    return _carry_out(
        wanted,
        lambda admin: administration.end_all_sessions(db.session, admin, wanted, now=utc_now()),
        done="signed-out",
    )


def _carry_out(
    account_id: int, change: Callable[[int], object], *, done: str, form: AccountForm | None = None
) -> Response:
    """Make one change as this administrator; what stands in its way is told on the account's page.

    :param done: what that page says was done, a key of its template.
    """
    admin_id = account_of_request().id
    try:
        with writing(db.session):
            change(admin_id)
    except Conflict as refusal:
        return _account_page(account_id, form=form, refusal=refusal, status=refusal.status)
    return make_response(
        redirect(url_for("desk_accounts.account_page", account_id=account_id, done=done), 303)
    )


def _account_page(
    account_id: int, *, form: AccountForm | None = None, refusal: Conflict | None = None, status: int = 200
) -> Response:
    account = administration.get_account(db.session, account_id)
    now = utc_now()
    people = db.session.scalars(select(Person).where(Person.account_id == account.id).order_by(Person.name))
    return _page(
        "desk/accounts_one.html", status=status, account=account, form=form or AccountForm.of(account),
        refusal=refusal, people=people.all(), is_own=account.id == account_of_request().id,
        sessions=live_sessions(db.session, account.id, now=now),
        earlier=earlier_sessions(db.session, account.id, now=now), done=request.args.get("done", ""),
        failure=failure_of(db.session, LinkFor.INVITATION.value, account.id) if account.is_invited else None,
    )  # fmt: skip


def _page(template: str, *, status: int = 200, **values: object) -> Response:
    settings: Settings = current_app.extensions["forum_settings"]
    html = render_template(
        template, roles=ROLES, rights=RIGHTS, states=STATES, sends_mail=bool(settings.smtp_url), **values
    )
    return make_response(html, status)
