"""What mail a member of staff has: own choices by topic."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from forum.accounts import mail_preferences
from forum.accounts.mail_preferences import OFFERS, NotOffered, topics_of
from forum.accounts.models import Account, Cadence, MailTopic
from forum.accounts.rights import account_of_request, staff_only
from forum.base.clock import utc_now
from forum.base.session import db, writing
from forum.comments.mails.publications import newest_event
from forum.web.form_data import read_form, takes_at_most

bp = Blueprint("desk_mail", __name__)
MAX_FORM_BYTES = 8 * 1024


@bp.get("/desk/mail")
@staff_only()
def preferences() -> Response:
    """The topics that fit the own roles, each with its choices."""
    return _page(is_saved=request.args.get("saved") == "1")


@bp.post("/desk/mail")
@staff_only()
@takes_at_most(MAX_FORM_BYTES)
def save() -> Response:
    """Save the choices; a topic that the form leaves out stays as it is."""
    values = read_form([topic.value for topic in MailTopic])
    account_id = account_of_request().id
    try:
        chosen = {MailTopic(name): _cadence(raw) for name, raw in values.items() if raw}
        with writing(db.session):
            account = db.session.get_one(Account, account_id)
            for topic, cadence in chosen.items():
                mail_preferences.choose(
                    db.session,
                    account,
                    topic,
                    cadence,
                    newest_event=newest_event(db.session, until=utc_now()),
                )
    except NotOffered as refusal:
        return _page(refusal=refusal)
    return make_response(redirect(url_for("desk_mail.preferences", saved=1), 303))


def _page(*, is_saved: bool = False, refusal: NotOffered | None = None) -> Response:
    account = account_of_request()
    topics = [
        (topic, OFFERS[topic].cadences, mail_preferences.cadence_of(db.session, account.id, topic))
        for topic in topics_of(account)
    ]
    html = render_template(
        "desk/mail.html", account=account, topics=topics, is_saved=is_saved, refusal=refusal
    )
    return make_response(html, refusal.status if refusal is not None else 200)


def _cadence(raw: str) -> Cadence:
    """:raises NotOffered: no such cadence."""
    found = next((cadence for cadence in Cadence if cadence.value == raw), None)
    if found is None:
        raise NotOffered
    return found
