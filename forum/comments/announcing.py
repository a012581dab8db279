"""Who is told by mail of what happens to a comment: outbox rows in the transaction of the event.

Each mail names its event, so that an undo stops it while it waits. What a mail says, and whether it is still true, is
found out when it is sent (`forum.comments.mails`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

from sqlalchemy import and_, exists, select
from sqlalchemy.orm import Session, aliased

from forum.accounts.models import Account, Cadence, MailPreference, MailTopic
from forum.articles.models import Byline, Person
from forum.comments.commenters import staying
from forum.comments.models import ActorKind, Comment, Commenter, CommentEvent, Follow, Move, State
from forum.mail import outbox
from forum.mail.outbox import NewMail

TOLD_TO_THE_WRITER = {
    State.APPROVED: "approved",
    State.REJECTED: "refused",
    State.REMOVED: "removed",
    State.RETURNED: "returned",
}
"""The kind of mail about a comment that came into a state. Of spam nobody is told: it would help who sends it."""
VERDICTS = {Move.APPROVE: "edit_approved", Move.REJECT: "edit_declined"}
"""The kind of mail about what became of a change of a published comment."""
SECOND_AFTER = timedelta(minutes=5)
"""So much later leaves a mail that is dropped when the first was sent: longer than a worker is busy with that."""
NEWS_AFTER = timedelta(hours=1)
"""A comment that was public for so long is no news when it comes back: who was to hear of it has heard."""


def announce(session: Session, event: CommentEvent) -> None:
    """Put the mails that follow from `event` into the outbox, and stop those of a decision that it takes back.

    The caller has flushed, and commits. What a mail says, and whether its recipient knows it already, is found out when
    it is sent (`forum.comments.mails`): so an undo just tells anew what holds again.
    """
    if event.undoes_id is not None:
        outbox.stop_of_event(session, event.undoes_id)
    if event.kind is not Move.IMPORT:
        outbox.put_many(session, _mails_of(session, event), now=event.at)


def _mails_of(session: Session, event: CommentEvent) -> Iterator[NewMail]:
    comment = event.comment
    yield from _to_writer(session, comment, event)
    if event.to_state is not State.APPROVED or event.from_state is State.APPROVED:
        return
    if not _was_seen(session, event):
        answered = _answered(session, comment)
        if answered is not None:
            yield _to_commenter(event, event, "reply", answered.id, answered.email)
        yield from _to_followers(session, comment, event, answered=answered)
        yield from _to_authors(session, comment, event)


def _was_seen(session: Session, event: CommentEvent) -> bool:
    """Whether readers could see the comment for `NEWS_AFTER` before `event` made it public (again)."""
    earlier = session.execute(
        select(CommentEvent.to_state, CommentEvent.at)
        .where(CommentEvent.comment_id == event.comment_id, CommentEvent.id <= event.id)
        .where(CommentEvent.from_state.is_distinct_from(CommentEvent.to_state))
        .order_by(CommentEvent.id)
    ).all()
    return any(
        state is State.APPROVED and ended_at - began_at >= NEWS_AFTER
        for (state, began_at), (_next, ended_at) in pairwise(earlier)
    )


def _to_writer(session: Session, comment: Comment, event: CommentEvent) -> Iterator[NewMail]:
    """The mail about a decision, if there is one; see `docs/decisions/0015-mails-about-comments.md` for who gets none.

    After an undo it is about the decision that stands again, and about what became of a change if nobody told that.
    """
    writer = comment.commenter
    if writer is None or writer.mail_stopped_at is not None or _was_imported(session, comment):
        return
    if event.undoes_id is None:
        kind = _news_for_the_writer(event)
        if kind is not None:
            yield _to_commenter(event, event, kind, writer.id, writer.email)
    elif event.from_state is not event.to_state:
        standing = _standing(session, event, is_verdict=False)
        if standing is not None and event.to_state in TOLD_TO_THE_WRITER:
            kind = TOLD_TO_THE_WRITER[event.to_state]
            yield _to_commenter(event, standing, kind, writer.id, writer.email, undone=event.undoes_id)
        verdict = _standing(session, event, is_verdict=True) if event.to_state is State.APPROVED else None
        if verdict is not None and outbox.was_dropped(session, verdict.id, writer.id):
            yield _to_commenter(event, verdict, VERDICTS[verdict.kind], writer.id, writer.email)


def _standing(session: Session, event: CommentEvent, *, is_verdict: bool) -> CommentEvent | None:
    """What brought the comment into the state that an undo gave back, or the last verdict on a change; if it stands."""
    undo = aliased(CommentEvent)
    changes = CommentEvent.from_state.is_distinct_from(CommentEvent.to_state)
    wanted = and_(~changes, CommentEvent.kind.in_(VERDICTS)) if is_verdict else changes
    return session.scalars(
        select(CommentEvent)
        .where(
            CommentEvent.comment_id == event.comment_id,
            CommentEvent.id < event.undoes_id,
            CommentEvent.kind != Move.UNDO,
            ~exists().where(undo.undoes_id == CommentEvent.id),
            wanted,
        )
        .order_by(CommentEvent.id.desc())
        .limit(1)
    ).first()


def _news_for_the_writer(event: CommentEvent) -> str | None:
    """The kind of mail that tells the writer of `event`, or None when it is no news."""
    if event.by is ActorKind.COMMENTER or event.kind is Move.SUBMIT:
        return None
    if event.from_state is State.APPROVED and event.to_state is State.APPROVED:
        return VERDICTS.get(event.kind)
    return None if event.from_state is event.to_state else TOLD_TO_THE_WRITER.get(event.to_state)


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
    writer = select(Commenter).where(Commenter.id == parent.commenter_id, Commenter.mail_stopped_at.is_(None))
    return session.scalar(staying(writer))


def _to_followers(
    session: Session, comment: Comment, event: CommentEvent, *, answered: Commenter | None
) -> Iterator[NewMail]:
    """Those who follow the thread and want each comment at once.

    :param answered: has a mail as such already. This one follows it, and is dropped if that was sent: it may not be,
        when the comment above turns out to be somebody else's, or answers are no longer wanted.
    """
    followers = (
        select(Follow.id, Commenter.id, Commenter.email)  # columns, not objects: there may be thousands
        .join(Commenter, Commenter.id == Follow.commenter_id)
        .where(
            Follow.article_id == comment.article_id,
            Follow.cadence == Cadence.AT_ONCE,
            Commenter.proven_at.is_not(None),
            Commenter.mail_stopped_at.is_(None),
        )
        .order_by(Follow.id)
    )
    for follow_id, commenter_id, email in session.execute(staying(followers)):
        if commenter_id != comment.commenter_id:
            mail = _to_commenter(event, event, "follow_comment", commenter_id, email, follow=follow_id)
            is_second = answered is not None and commenter_id == answered.id
            yield replace(mail, due_at=event.at + SECOND_AFTER) if is_second else mail


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


def _to_commenter(
    event: CommentEvent, about: CommentEvent, kind: str, commenter_id: int, email: str, **facts: int
) -> NewMail:
    """:param about: what the mail tells of; after an undo an earlier event than this one."""
    return NewMail(
        key=f"{kind}:{event.id}:{commenter_id}", kind=kind, recipient=email, waits_for_undo=True,
        commenter_id=commenter_id, comment_id=event.comment_id, event_id=about.id, facts=facts,
    )  # fmt: skip
