"""`flask account …`: staff accounts from the command line."""

from __future__ import annotations

import os

import click
from email_validator import EmailNotValidError, validate_email
from flask_babel import gettext as _

from forum.accounts.models import RoleName
from forum.accounts.passwords import UnfitPassword
from forum.accounts.service import save_account
from forum.articles.people import link_account
from forum.base.clock import utc_now
from forum.base.session import db, writing
from forum.text import clean_name
from forum.web.command_line import N_, Group, option

cli = Group("account", help=N_("Staff accounts."))


@cli.command(
    "create",
    help=N_(
        "Create an account, or change name, roles and password of an existing one."
        " The password is read from FORUM_ACCOUNT_PASSWORD, else asked for."
    ),
)
@click.argument("email")
@option("--name", required=True, help=N_("The name that readers see beside an answer."))
@option(
    "--role", "roles", required=True, multiple=True, type=click.Choice([role.value for role in RoleName]),
    help=N_("What the account may do; may be given several times."),
)  # fmt: skip
def create(email: str, name: str, roles: tuple[str, ...]) -> None:
    """Create an account, or change name, roles and password of an existing one.

    The password is read from FORUM_ACCOUNT_PASSWORD, else asked for.
    """
    try:
        address = validate_email(email, check_deliverability=False).normalized.lower()
    except EmailNotValidError:
        raise click.BadParameter(_("is no complete e-mail address"), param_hint="EMAIL") from None
    name = clean_name(name)
    if not name or len(name) > 60:
        raise click.BadParameter(_("takes 1 to 60 characters"), param_hint="--name")
    password = os.environ.get("FORUM_ACCOUNT_PASSWORD") or click.prompt(
        _("Password"), hide_input=True, confirmation_prompt=True
    )
    try:
        with writing(db.session):
            account, is_new = save_account(
                db.session, email=address, name=name, roles=[RoleName(role) for role in roles],
                password=password, now=utc_now(),
            )  # fmt: skip
            link_account(db.session, account)
    except UnfitPassword as refusal:
        raise click.ClickException(str(refusal.message)) from None
    outcome = _("Created: %(address)s (%(roles)s).") if is_new else _("Updated: %(address)s (%(roles)s).")
    click.echo(outcome % {"address": address, "roles": ", ".join(roles)})
