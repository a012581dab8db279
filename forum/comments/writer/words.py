"""Where a comment stands, as its writer is told; what happened to it; and why."""

from __future__ import annotations

from collections.abc import Callable

from flask_babel import get_locale
from flask_babel import lazy_gettext as _l

from forum.comments.models import CommentEvent, Move, State

STATES = {
    State.UNCONFIRMED: _l("To be confirmed"),
    State.PENDING: _l("Waiting"),
    State.APPROVED: _l("Published"),
    State.REJECTED: _l("Not published"),
    State.SPAM: _l("Not published"),
    State.RETURNED: _l("Sent back to you"),
    State.REMOVED: _l("Removed"),
    State.WITHDRAWN: _l("Withdrawn"),
    State.ERASED: _l("Erased"),
}
"""In a word or two."""

SENTENCES = {
    State.UNCONFIRMED: _l("You have not confirmed this comment yet. Nobody has read it."),
    State.PENDING: _l("It waits for a moderator. Once it is approved, it appears below the article."),
    State.APPROVED: _l("It stands below the article, for everyone to read."),
    State.REJECTED: _l(
        "The moderators did not publish it. You can write a new comment below the article, with their reason in mind."
    ),
    State.SPAM: _l("The moderators took it for advertising or abuse, and did not publish it."),
    State.RETURNED: _l("The moderators ask you to change something. After that they look at it again."),
    State.REMOVED: _l("It was published, and the moderators removed it later."),
    State.WITHDRAWN: _l("You have withdrawn it. Nobody can read it below the article."),
}
"""What that means, and what comes next."""

TONES = {
    State.UNCONFIRMED: "warning",
    State.PENDING: "accent",
    State.APPROVED: "success",
    State.RETURNED: "warning",
    State.WITHDRAWN: "",
}
"""The kind of tag; whatever is not here is an error's."""

HAPPENINGS = {
    Move.SUBMIT: _l("sent in"),
    Move.IMPORT: _l("brought in from another site"),
    Move.CONFIRM: _l("address confirmed"),
    Move.APPROVE: _l("approved"),
    Move.REJECT: _l("refused"),
    Move.SPAM: _l("taken for spam"),
    Move.RETURN: _l("sent back for revision"),
    Move.RESUBMIT: _l("sent in again"),
    Move.HOLD: _l("held for a second opinion"),
    Move.REMOVE: _l("removed"),
    Move.REOPEN: _l("looked at again"),
    Move.UNDO: _l("decision undone"),
    Move.PICK: _l("picked"),
    Move.UNPICK: _l("no longer picked"),
    Move.EDIT: _l("edited"),
    Move.REDACT: _l("text changed"),
    Move.WITHDRAW: _l("withdrawn"),
    Move.ERASE: _l("erased"),
}
MAILS = {
    "approved": _l("Comment published"),
    "confirm": _l("Confirm the address"),
    "edit_approved": _l("Change published"),
    "edit_declined": _l("Change refused"),
    "follow_comment": _l("New comment in a discussion that you follow"),
    "follow_confirm": _l("Confirm the address, to follow"),
    "follow_digest": _l("New comments in a discussion that you follow"),
    "refused": _l("Comment refused"),
    "removed": _l("Comment removed"),
    "reply": _l("Answer to a comment"),
    "returned": _l("Comment sent back to you"),
    "writer_link": _l("Link to your own page"),
}
"""What a mail was about, by its kind: every kind that goes to readers."""

Label = Callable[[str, str], str]
"""A reason's code and a language → what the reason is called."""


def reason_in_words(event: CommentEvent | None, label: Label) -> str | None:
    """Why it was decided so, with the law where that is the ground; None when no reason was given."""
    if event is None or event.reason_code is None:
        return None
    words = label(event.reason_code, get_locale().language)
    return f"{words} ({event.legal_ground})" if event.legal_ground else words
