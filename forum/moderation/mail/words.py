"""Mails in words: what a mail is about, where it stands, and why it was not sent."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from forum.mail.models import MailState, OutboxMail
from forum.mail.outbox import STOPPED_BY_RESTORE
from forum.mail.suppression import STOPPED_BECAUSE

STATES = {
    MailState.WAITING: _l("To be sent"),
    MailState.SENT: _l("Sent"),
    MailState.FAILED: _l("Failed"),
    MailState.STOPPED: _l("Not sent"),
}

_KINDS = {
    "account_email_changed": _l("Staff: address was changed"),
    "account_invite": _l("Staff: invitation"),
    "account_new_email": _l("Staff: prove a new address"),
    "account_password_changed": _l("Staff: password was changed"),
    "account_recovery": _l("Staff: new password"),
    "approved": _l("Comment published"),
    "author_comment": _l("New comment, for the author"),
    "author_digest": _l("New comments, for the author"),
    "confirm": _l("Confirm the address"),
    "edit_approved": _l("Change published"),
    "edit_declined": _l("Change refused"),
    "follow_comment": _l("New comment, for a follower"),
    "follow_digest": _l("New comments, for a follower"),
    "follow_confirm": _l("Confirm the address, to follow"),
    "queue_overdue": _l("A comment waits too long"),
    "queue_summary": _l("The day in the queue"),
    "queue_waiting": _l("Comments wait"),
    "refused": _l("Comment refused"),
    "removed": _l("Comment removed"),
    "reply": _l("Answer to a comment"),
    "returned": _l("Comment returned for revision"),
    "test": _l("Test mail"),
    "writer_link": _l("Link to one's own comments"),
}

_STOPPED = {
    STOPPED_BECAUSE: _l("this address takes no mail"),
    STOPPED_BY_RESTORE: _l("it waited when the backup was made that is restored"),
}
"""Why a mail was stopped, by its `last_answer`."""


def kind_in_words(kind: str) -> str:
    """What a mail is about; a kind that has no words here shows as it is."""
    return str(_KINDS.get(kind, kind.replace("_", " ")))


def answer_in_words(mail: OutboxMail) -> str:
    """What the mail server answered last, or why the mail was stopped."""
    if mail.state is MailState.STOPPED:
        return str(_STOPPED.get(mail.last_answer or "", _("no longer needed")))
    return mail.last_answer or ""
