"""Who is told by mail of what happens to a comment: outbox rows in the transaction of the event.

Each mail names its event, so that an undo stops it while it waits. What a mail says, and whether it is still true, is
found out when it is sent (`forum.comments.mails`).
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Select, exists, select
from sqlalchemy.orm import Session, aliased

from forum.accounts.models import Account, Cadence, MailPreference, MailTopic
from forum.articles.models import Byline, Person
from forum.comments.models import ActorKind, Comment, Commenter, CommentEvent, Follow, Move, State
from forum.mail import outbox
from forum.mail.outbox import NewMail

_TOLD_TO_THE_WRITER = {
    State.APPROVED: "approved",
    State.REJECTED: "refused",
    State.REMOVED: "removed",
    State.RETURNED: "returned",
}
"""The kind of mail about a comment that came into a state. Of spam nobody is told: it would help who sends it."""


def announce(session: Session, event: CommentEvent) -> None:
    """Put the mails that follow from `event` into the outbox, and stop those of a decision that it takes back.

    The caller has flushed, and commits. What a mail says is composed when it is sent (`forum.comments.mails`).
    """
    if event.undoes_id is not None:
        outbox.stop_of_event(session, event.undoes_id)
        _wake(session, _standing_before(session, event, event.undoes_id))
    if event.kind is not Move.IMPORT:
        outbox.put_many(session, _mails_of(session, event), now=event.at)


def _mails_of(session: Session, event: CommentEvent) -> Iterator[NewMail]:
    comment = event.comment
    yield from _to_writer(session, comment, event)
    if event.to_state is not State.APPROVED or event.from_state is State.APPROVED or event.kind is Move.UNDO:
        return
    first = _first_publication(session, event)
    if first is not None:
        _wake(session, first)
    else:
        answered = _answered(session, comment)
        if answered is not None:
            yield _to_commenter(event, "reply", answered.id, answered.email)
        yield from _to_followers(session, comment, event, but=answered)
        yield from _to_authors(session, comment, event)


def _first_publication(session: Session, event: CommentEvent) -> CommentEvent | None:
    """What let the comment in before `event` did so again, unless that was a mistake and taken back."""
    return session.scalars(
        _changes_of(event)
        .where(CommentEvent.id < event.id, CommentEvent.to_state == State.APPROVED)
        .order_by(CommentEvent.id)
        .limit(1)
    ).first()


def _standing_before(session: Session, event: CommentEvent, undone_id: int) -> CommentEvent | None:
    """What brought the comment into the state that an undo gave back to it."""
    return session.scalars(
        _changes_of(event).where(CommentEvent.id < undone_id).order_by(CommentEvent.id.desc()).limit(1)
    ).first()


def _changes_of(event: CommentEvent) -> Select[CommentEvent]:
    """The events that brought the comment of `event` into another state and stand."""
    undo = aliased(CommentEvent)
    return select(CommentEvent).where(
        CommentEvent.comment_id == event.comment_id,
        CommentEvent.from_state.is_distinct_from(CommentEvent.to_state),
        CommentEvent.kind != Move.UNDO,
        ~exists().where(undo.undoes_id == CommentEvent.id),
    )


def _wake(session: Session, event: CommentEvent | None) -> None:
    """Have the mails of an event wait again that were dropped while it was overtaken."""
    if event is not None:
        outbox.wake_of_event(session, event.id)


def _to_writer(session: Session, comment: Comment, event: CommentEvent) -> Iterator[NewMail]:
    """The mail about a decision, if there is one; see `docs/decisions/0015-notices.md` for who gets none."""
    kind = _news_for_the_writer(event)
    writer = comment.commenter
    if (
        kind is None
        or writer is None
        or writer.mail_stopped_at is not None
        or _was_imported(session, comment)
    ):
        return
    yield _to_commenter(event, kind, writer.id, writer.email)


def _news_for_the_writer(event: CommentEvent) -> str | None:
    """The kind of mail that tells the writer of `event`, or None when it is no news."""
    if event.by is ActorKind.COMMENTER or event.kind is Move.SUBMIT:
        return None
    if event.from_state is State.APPROVED and event.to_state is State.APPROVED:
        return {Move.APPROVE: "edit_approved", Move.REJECT: "edit_declined"}.get(event.kind)
    if event.from_state is event.to_state or (
        event.kind is Move.UNDO and event.to_state is not State.APPROVED
    ):
        return None
    return _TOLD_TO_THE_WRITER.get(event.to_state)


def _was_imported(session: Session, comment: Comment) -> bool:
    """Whether the comment came from another site, whose readers did not ask this one for mail."""
    imported = select(CommentEvent.id).where(
        CommentEvent.comment_id == comment.id, CommentEvent.kind == Move.IMPORT
    )
    return session.scalar(imported.limit(1)) is not None


def _answered(session: Session, comment: Comment) -> Commenter | None:
    """Who wants to know of this answer: the writer of the comment above it, unless it is the same person."""
    parent = session.get(Comment, comment.parent_id) if comment.parent_id is not None else None
    if parent is None or not parent.notify_replies or parent.commenter_id in {None, comment.commenter_id}:
        return None
    writer = parent.commenter
    return writer if writer is not None and writer.mail_stopped_at is None else None


def _to_followers(
    session: Session, comment: Comment, event: CommentEvent, *, but: Commenter | None
) -> Iterator[NewMail]:
    """Those who follow the thread and want each comment at once; `but` was told already."""
    others = {comment.commenter_id, but.id if but else None}
    rows = session.execute(  # columns, not objects: there may be thousands
        select(Follow.id, Commenter.id, Commenter.email)
        .join(Commenter, Commenter.id == Follow.commenter_id)
        .where(
            Follow.article_id == comment.article_id,
            Follow.cadence == Cadence.AT_ONCE,
            Commenter.proven_at.is_not(None),
            Commenter.mail_stopped_at.is_(None),
        )
        .order_by(Follow.id)
    )
    for follow_id, commenter_id, email in rows:
        if commenter_id not in others:
            yield _to_commenter(event, "follow_comment", commenter_id, email, follow=follow_id)


def _to_authors(session: Session, comment: Comment, event: CommentEvent) -> Iterator[NewMail]:
    """The article's authors who want each comment of a reader at once."""
    if comment.account_id is not None:
        return
    accounts = session.scalars(
        select(Account)
        .join(MailPreference, MailPreference.account_id == Account.id)
        .where(
            MailPreference.topic == MailTopic.NEW_COMMENTS,
            MailPreference.cadence == Cadence.AT_ONCE,
            Account.active,
            Account.id.in_(
                select(Person.account_id)
                .join(Byline, Byline.person_id == Person.id)
                .where(Byline.article_id == comment.article_id)
            ),
        )
        .order_by(Account.id)
    )
    for account in accounts:
        yield NewMail(
            key=f"author_comment:{event.id}:{account.id}", kind="author_comment", recipient=account.email,
            to_staff=True, waits_for_undo=True, account_id=account.id, comment_id=comment.id, event_id=event.id,
        )  # fmt: skip


def _to_commenter(event: CommentEvent, kind: str, commenter_id: int, email: str, **facts: int) -> NewMail:
    return NewMail(
        key=f"{kind}:{event.id}:{commenter_id}", kind=kind, recipient=email, waits_for_undo=True,
        commenter_id=commenter_id, comment_id=event.comment_id, event_id=event.id, facts=facts,
    )  # fmt: skip
