"""States, versions, moves, decisions and hold reasons in words."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from forum.comments.models import ActorKind, CommentEvent, Move, RevisionState, State
from forum.web.filters import day_and_time

STATES = {
    State.UNCONFIRMED: _l("Address not confirmed"),
    State.PENDING: _l("Waiting"),
    State.APPROVED: _l("Published"),
    State.REJECTED: _l("Refused"),
    State.SPAM: _l("Spam"),
    State.RETURNED: _l("Returned for revision"),
    State.REMOVED: _l("Removed"),
    State.WITHDRAWN: _l("Withdrawn"),
    State.ERASED: _l("Erased"),
}

VERSIONS = {
    RevisionState.WAITING: _l("waits"),
    RevisionState.PUBLISHED: _l("published"),
    RevisionState.SUPERSEDED: _l("replaced"),
    RevisionState.DECLINED: _l("not published"),
}

_MOVES = {
    Move.SUBMIT: _l("sent in"),
    Move.IMPORT: _l("brought in from another site"),
    Move.CONFIRM: _l("address confirmed"),
    Move.APPROVE: _l("approved"),
    Move.REJECT: _l("refused"),
    Move.SPAM: _l("marked as spam"),
    Move.RETURN: _l("returned for revision"),
    Move.RESUBMIT: _l("sent in again"),
    Move.HOLD: _l("held for a second opinion"),
    Move.REMOVE: _l("removed"),
    Move.REOPEN: _l("put back in the queue"),
    Move.UNDO: _l("decision undone"),
    Move.PICK: _l("picked"),
    Move.UNPICK: _l("no longer picked"),
    Move.EDIT: _l("edited"),
    Move.REDACT: _l("text changed"),
    Move.WITHDRAW: _l("withdrawn"),
    Move.ERASE: _l("erased"),
}


def move_in_words(event: CommentEvent) -> str:
    """What happened, as a participle: `approved`."""
    return str(_MOVES[event.kind])


def actor_in_words(event: CommentEvent, name: str | None) -> str:
    """Who did it."""
    if event.by is ActorKind.ACCOUNT:
        return name or str(_("a former member of staff"))
    return str(_("a rule") if event.by is ActorKind.RULE else _("the writer"))


def decision_in_words(event: CommentEvent, name: str | None) -> str:
    """Who did what and when, in one sentence."""
    return str(
        _(
            "%(what)s by %(who)s, %(when)s",
            what=move_in_words(event).capitalize(),
            who=actor_in_words(event, name),
            when=day_and_time(event.at),
        )
    )


def hold_reason_in_words(stored: Mapping[str, str]) -> str:
    """A stored hold reason in the reader's language; an unknown code (of a later version) shows as it is."""
    code, detail = stored["code"], stored.get("detail", "")
    words = {
        "honeypot": _("A field that people do not see was filled in"),
        "too_fast": _("Sent %(seconds)s s after writing began", seconds=detail),
        "staff_name": _("The name looks like that of a member of staff: %(name)s", name=detail),
        "disposable_email": _("The address is a throw-away one: %(domain)s", domain=detail),
        "links": _("Contains %(count)s links", count=detail),
    }
    return str(words.get(code, code))
