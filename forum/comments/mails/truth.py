"""Whether what a mail was to say is still so, and whether somebody was told it before."""

from __future__ import annotations

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.orm import Session, aliased

from forum.comments.announcing import TOLD_TO_THE_WRITER, VERDICTS
from forum.comments.models import Commenter, CommentEvent, Move, State
from forum.mail.models import MailState, OutboxMail
from forum.mail.outbox import was_dropped

DECISION_KINDS = tuple(TOLD_TO_THE_WRITER.values())
EDIT_KINDS = tuple(VERDICTS.values())
NEWS_OF_A_COMMENT = ("reply", "follow_comment", "author_comment")


def still_stands(session: Session, event: CommentEvent) -> bool:
    """Whether a decision was neither taken back nor overtaken by another state of the comment.

    What was taken back itself overtakes nothing, nor does the undo that did so.
    """
    undo = aliased(CommentEvent)
    was_undone = exists().where(undo.undoes_id == CommentEvent.id)
    overtaken = exists().where(
        CommentEvent.comment_id == event.comment_id,
        CommentEvent.id > event.id,
        or_(
            CommentEvent.undoes_id == event.id,
            and_(
                CommentEvent.from_state != CommentEvent.to_state, CommentEvent.kind != Move.UNDO, ~was_undone
            ),
        ),
    )
    return event.comment.state is event.to_state and not session.scalar(select(overtaken))


def was_told(
    session: Session, mail: OutboxMail, event: CommentEvent, *, of: tuple[str, ...] = DECISION_KINDS
) -> bool:
    """Whether the writer knows this: the last mail that they had about this comment said just that.

    Same kind, text and reason; a return says something else each time, in the moderator's words. When no mail is known
    (their log is not kept for good), what an undo took back tells: if nobody heard of it, the undo is no news, unless
    what it gives back was never told either.

    :param of: the kinds of mail that count.
    """
    last = session.execute(
        select(OutboxMail.kind, CommentEvent.id, CommentEvent.revision_id, CommentEvent.reason_code)
        .join(CommentEvent, CommentEvent.id == OutboxMail.event_id)
        .where(
            OutboxMail.comment_id == mail.comment_id,
            OutboxMail.commenter_id == mail.commenter_id,
            OutboxMail.kind.in_(of),
            OutboxMail.state == MailState.SENT,
            OutboxMail.id != mail.id,
        )
        .order_by(OutboxMail.sent_at.desc(), OutboxMail.id.desc())
        .limit(1)
    ).one_or_none()
    if last is None:
        is_untold = was_dropped(session, event.id, mail.commenter_id)
        return not is_untold and was_dropped(session, mail.facts.get("undone", 0), mail.commenter_id)
    is_same_words = event.to_state is not State.RETURNED or last.id == event.id
    return is_same_words and (last.kind, last.revision_id, last.reason_code) == (
        mail.kind,
        event.revision_id,
        event.reason_code,
    )


def knows_of_comment(session: Session, mail: OutboxMail) -> bool:
    """Whether a mail to the same person, as answered, as a follower or as the author, told of this comment before."""
    is_to_them = OutboxMail.commenter_id == mail.commenter_id
    if mail.account_id is not None:
        is_to_them = OutboxMail.account_id == mail.account_id
    told = exists().where(
        OutboxMail.comment_id == mail.comment_id,
        is_to_them,
        OutboxMail.kind.in_(NEWS_OF_A_COMMENT),
        OutboxMail.state == MailState.SENT,
        OutboxMail.id != mail.id,
    )
    return bool(session.scalar(select(told)))


def recipient_of(session: Session, mail: OutboxMail, *, must_be_proven: bool) -> Commenter | None:
    """The commenter that a mail goes to; None when mail was stopped, or that address is no longer here.

    :param must_be_proven: whether an address that somebody only typed gets none.
    """
    commenter = session.get(Commenter, mail.commenter_id) if mail.commenter_id is not None else None
    if commenter is None or commenter.email != mail.recipient or commenter.mail_stopped_at is not None:
        return None
    return None if must_be_proven and commenter.proven_at is None else commenter
