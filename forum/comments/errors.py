"""What a comment, or a move of one, is refused with."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from forum.base.errors import Conflict, NotAllowed, Unprocessable
from forum.comments.models import CommentEvent, Move, State


class CommentsClosed(NotAllowed):
    """The thread takes no comments (any more) (403)."""

    message = _("This discussion is closed: it takes no new comments.")


class EmptyAfterCleaning(Unprocessable):
    """Nothing readable was left of the text (422)."""

    message = _("There is nothing in your comment that can be read. Write at least a few words.")


class ParentGone(Conflict):
    """The comment that was answered is not public (any more) (409)."""

    message = _(
        "The comment that you answer is no longer there. Your text is below: you can post it as a new comment."
    )


class SubmissionIdReused(Unprocessable):
    """The form was used before, for something else (422)."""

    message = _("This form was already used for another comment. Check your text and post it once more.")


class MoveNotAllowed(Unprocessable):
    """The table of moves has no such row (422)."""

    message = _("That cannot be done with this comment as it stands now.")

    def __init__(self, state: State, kind: Move) -> None:
        super().__init__()
        self.state = state
        self.kind = kind


class ReasonMissing(Unprocessable):
    """A refusal or removal without a reason (422)."""

    message = _("Choose a reason: the writer has a right to know why.")


class NothingToUndo(Unprocessable):
    """There is no decision that can be taken back (422)."""

    message = _("There is no decision here that can be undone.")


class DecidedAlready(Conflict):
    """Somebody was first (409). `event` says who did what and when."""

    message = _("There is already a decision about this comment.")

    def __init__(self, event: CommentEvent | None) -> None:
        super().__init__()
        self.event = event
