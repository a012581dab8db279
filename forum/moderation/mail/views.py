"""The admins' page about mail: what waits, was sent, failed; and bounces that a mail server posts."""

from __future__ import annotations

import hmac
import logging

from flask import (
    Blueprint,
    Flask,
    Response,
    current_app,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from werkzeug.exceptions import UnsupportedMediaType

from forum.accounts.models import RoleName
from forum.accounts.rights import open_to_everyone, staff_only
from forum.base.clock import utc_now
from forum.base.errors import NotAllowed, NotFound
from forum.base.session import db, writing
from forum.config import Settings
from forum.mail import bounces
from forum.mail.compose import UnknownKind, compose, sender_of
from forum.mail.models import MailState
from forum.moderation.mail import service
from forum.moderation.mail.words import STATES, answer_in_words, kind_in_words
from forum.web.form_data import read_form, takes_at_most
from forum.web.request_values import is_own_path, positive_int

bp = Blueprint("mail", __name__)
log = logging.getLogger("forum.mail")


@bp.get("/moderation/mail")
@staff_only(RoleName.ADMIN)
def list_page() -> str:
    """The mails in one state, newest first; of one comment with `?comment=`."""
    raw = request.args.get("state", MailState.WAITING.value)
    state = MailState(raw) if raw in set(MailState) else MailState.WAITING
    comment, before = (request.args.get(name) for name in ("comment", "page"))
    comment_id = positive_int(comment) if comment else None
    page = service.read_mails(
        db.session, state, comment_id=comment_id, before=positive_int(before) if before else None
    )
    return render_template(
        "moderation/mail.html", page=page, state=state, states=STATES, comment_id=comment_id,
        kind_in_words=kind_in_words, answer_in_words=answer_in_words, can_be_sent_again=service.can_be_sent_again,
        has_server=bool(_settings().smtp_url), done="done" in request.args,
    )  # fmt: skip


@bp.get("/moderation/mail/<mail_id>")
@staff_only(RoleName.ADMIN)
def mail_page(mail_id: str) -> str:
    """One mail as it would be sent now. Only while no mail server is set: else its links are its reader's alone.

    :raises NotFound: a mail server is set, or there is no such mail.
    """
    settings = _settings()
    if settings.smtp_url:
        raise NotFound
    mail = service.get_mail(db.session, positive_int(mail_id))
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    words, is_broken = None, False
    try:
        words = compose(app, db.session, mail, now=utc_now()) if mail.recipient else None
    except UnknownKind:
        is_broken = True
    except Exception:  # whatever is wrong with a mail, this is the page where it is looked for
        log.exception("a mail could not be composed", extra={"fields": {"mail": mail_id}})
        db.session.rollback()  # PostgreSQL reads nothing more after a failed statement
        is_broken = True
    parts = service.with_links(words.text, settings.base_url) if words is not None else []
    return render_template(
        "moderation/mail_read.html", mail=mail, words=words, is_broken=is_broken, parts=parts,
        sender=sender_of(settings), kind_in_words=kind_in_words, states=STATES,
    )  # fmt: skip


@bp.post("/moderation/mail/<mail_id>/again")
@staff_only(RoleName.ADMIN)
def send_again(mail_id: str) -> Response:
    """Try a failed mail anew."""
    back = read_form(("next",))["next"]
    with writing(db.session):
        service.send_again(
            db.session, current_app.extensions["forum_signer"], positive_int(mail_id), now=utc_now()
        )
    fallback = url_for("mail.list_page", state=MailState.FAILED.value, done=1)
    return make_response(redirect(back if is_own_path(back) else fallback, 303))


@bp.post("/mail/bounces")
@open_to_everyone
@takes_at_most(bounces.MAX_BOUNCE_BYTES)
def take_bounce() -> Response:
    """Take a delivery report from a mail server that knows the token.

    :raises NotFound: no token is set, so nothing is taken.
    :raises NotAllowed: another token.
    """
    settings = _settings()
    if not settings.bounce_token:
        raise NotFound
    if not hmac.compare_digest(_bearer().encode(), settings.bounce_token.encode()):
        raise NotAllowed
    if request.mimetype not in {
        "message/rfc822",
        "message/global",
        "multipart/report",
        "application/octet-stream",
    }:
        raise UnsupportedMediaType
    report = bounces.read_report(request.get_data())
    signer, host, now = current_app.extensions["forum_signer"], sender_of(settings).host, utc_now()
    mail_id = bounces.mail_of(db.session, signer, report, host=host, now=now)
    count = 0
    if mail_id is not None:  # else nothing is locked for a letter that anybody can write
        with writing(db.session):
            count = bounces.take(db.session, signer, report, mail_id, now=now)
    return jsonify(suppressed=count)


def _bearer() -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _settings() -> Settings:
    settings: Settings = current_app.extensions["forum_settings"]
    return settings
