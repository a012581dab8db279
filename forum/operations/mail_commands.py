"""`flask mail …`, and the job that sends what the outbox holds."""

from __future__ import annotations

import os
import sys
from datetime import datetime

import click
from email_validator import EmailNotValidError, validate_email
from flask import Flask, current_app
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from forum.base.clock import utc_now
from forum.base.session import db, writing
from forum.config import Settings
from forum.mail import bounces
from forum.mail.answers import Outcome
from forum.mail.compose import letter_of, sender_of
from forum.mail.headers import UnsafeMail
from forum.mail.kinds import register_mail
from forum.mail.sending import MailRound, deliver_due, postman_of
from forum.mail.trial import KIND, compose_trial, trial_to
from forum.operations.worker import Job, register_job, stop_of
from forum.web.command_line import N_, Group

MAIL_EVERY_S = 2.0

cli = Group("mail", help=N_("Try the mail server, and read bounces."))


def init_mail(app: Flask) -> None:
    """Have the worker of `app` send its mail, and its operator's test mail composed."""
    register_mail(app, KIND, compose_trial)
    mails, stop = MailRound(app), stop_of(app)
    register_job(
        app,
        Job(
            "deliver mail", MAIL_EVERY_S, lambda: mails.run(db.session, stops=stop.is_set),
            whole=lambda: deliver_due(app, db.session),
        ),
    )  # fmt: skip


@cli.command("test", help=N_("Send a test mail to ADDRESS at once, and tell what the mail server answered."))
@click.argument("address")
def send_test(address: str) -> None:
    """Send a test mail to ADDRESS at once, and tell what the mail server answered. Exit code 1 when it took none."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    settings: Settings = app.extensions["forum_settings"]
    if not settings.smtp_url:
        raise click.ClickException(_("No mail server is set: FORUM_SMTP_URL is empty."))
    try:
        checked = validate_email(address, check_deliverability=False, test_environment=True).normalized
        now = utc_now()
        letter = letter_of(app, db.session, trial_to(checked, now=now), now=now)
    except (EmailNotValidError, UnsafeMail):
        letter = None
    if letter is None:
        raise click.ClickException(_("This is not an e-mail address."))
    postman = postman_of(settings, _tell)
    attempt = postman.send(letter)
    postman.close()
    if attempt.outcome is not Outcome.SENT:
        raise click.ClickException(_("The mail was not taken: %(answer)s", answer=attempt.answer))
    click.echo(_("The mail server took the mail."))


@cli.command("bounce", help=N_("Read a bounce from standard input; its address gets no more mail."))
def read_bounce() -> None:
    """Read a bounce from standard input; its address gets no more mail.

    It is made for a mail server's pipe. What is no bounce is told and let go (exit code 0): a mail server would
    write to the sender of an automatic answer otherwise. While the database is away it asks to be tried again (75,
    `EX_TEMPFAIL` of sysexits.h).
    """
    settings: Settings = current_app.extensions["forum_settings"]
    raw = sys.stdin.buffer.read(bounces.MAX_BOUNCE_BYTES)
    try:
        report = bounces.read_report(raw)
    except bounces.NotABounce as refusal:
        click.echo(str(refusal.message), err=True)
        return
    try:
        count = _take_bounce(report, sender_of(settings).host, now=utc_now())
    except (DBAPIError, PoolTimeout):
        click.echo(_("The database is away or busy: try again later."), err=True)
        sys.exit(os.EX_TEMPFAIL)
    click.echo(ngettext("One address gets no more mail.", "%(num)s addresses get no more mail.", count))


def _take_bounce(report: bounces.Report, host: str, *, now: datetime) -> int:
    signer = current_app.extensions["forum_signer"]
    mail_id = bounces.mail_of(db.session, signer, report, host=host, now=now)
    if mail_id is None:
        return 0
    with writing(db.session):
        return bounces.take(db.session, signer, report, mail_id, now=now)


def _tell(step: str, answer: str) -> None:
    """One step of a delivery and what the server answered, on one line without control characters."""
    words = {
        "connect": _("Connecting"), "tls": _("Encrypting"), "sign in": _("Signing in"), "sender": _("Sender"),
        "recipient": _("Recipient"), "text": _("Text"), "trouble": _("Failure"),
    }  # fmt: skip
    shown = "".join(char if char.isprintable() else " " for char in answer)
    click.echo(f"{words[step]}: {shown}")
