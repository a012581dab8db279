"""Proving an address: a comment waits, unseen, until somebody presses the button behind a link in its mail.

What a link may do is bound to the comment and to the address that it was sent to: once the address is corrected, the
old link opens nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Select, delete, select, update
from sqlalchemy.orm import Session

from forum.articles.models import Article
from forum.base.session import lock_key
from forum.base.signing import Signer
from forum.comments import lifecycle
from forum.comments.commenters import commenter_id_for, forget_if_unused, hash_of, lock_anew
from forum.comments.models import Comment, Commenter, Move, State
from forum.comments.proving.errors import ConfirmedAlready, NothingToConfirm
from forum.mail import outbox
from forum.mail.models import MailState, OutboxMail
from forum.mail.suppression import STOPPED_BECAUSE
from forum.spam import HoldReason, disposable

KIND = "confirm"
"""The kind of the mail that asks to confirm a comment."""
_PURPOSE = "confirm an address"


def confirmation_token(signer: Signer, comment: Comment, email: str, *, keep: timedelta) -> str:
    """The token of the link that confirms `comment` as written by `email`. It is the same in every mail to it.

    :param keep: how long after it was sent in an unconfirmed comment is kept.
    """
    payload: list[int | str] = [comment.id, hash_of(signer, email)]
    return signer.make_expiring_token(_PURPOSE, payload, expires_at=comment.submitted_at + keep)


def get_comment_of_link(
    session: Session, signer: Signer, token: str, *, now: datetime
) -> tuple[Comment, Article, Commenter]:
    """The comment that a link confirms, in whatever state it is by now, with its article and its writer.

    :raises TokenExpired: the link is too old; a comment that was still unconfirmed is erased by then.
    :raises NothingToConfirm: the token is not ours, the comment was erased, or its address was corrected.
    """
    payload = signer.read_expiring_token(_PURPOSE, token, now=now)
    if payload is None or len(payload) != 2:
        raise NothingToConfirm
    comment = session.get(Comment, payload[0])
    commenter = comment.commenter if comment is not None else None
    if comment is None or commenter is None or hash_of(signer, commenter.email) != payload[1]:
        raise NothingToConfirm
    return comment, session.get_one(Article, comment.article_id), commenter


def confirm(session: Session, signer: Signer, token: str, *, now: datetime) -> Commenter:
    """Somebody pressed the button: the address is proven, and the comment goes to the moderators. The caller commits.

    A second press, or one after the comment was withdrawn, moves nothing.

    :raises TokenExpired, NothingToConfirm: see `get_comment_of_link`.
    """
    _comment, _article, commenter = get_comment_of_link(session, signer, token, now=now)
    lock_anew(session, commenter)
    comment, _article, commenter = get_comment_of_link(session, signer, token, now=now)
    prove(commenter, now=now)
    confirm_comment(session, comment, now=now)
    return commenter


def prove(commenter: Commenter, *, now: datetime) -> None:
    """Whoever reads the mail of this address pressed a button. The caller commits."""
    commenter.proven_at = commenter.proven_at or now


def confirm_comment(session: Session, comment: Comment, *, now: datetime) -> None:
    """Let a comment of a proven address through to the moderators, if it still waits for that. The caller commits."""
    if comment.state is State.UNCONFIRMED:
        comment.proven_at = now
        lifecycle.move(
            session, comment, Move.CONFIRM, by=lifecycle.COMMENTER, version=comment.version, now=now
        )


def address_of(session: Session, comment: Comment) -> str:
    """The address that an unconfirmed comment waits for; every one has a commenter."""
    return session.get_one(Commenter, comment.commenter_id).email


def send_confirmation(session: Session, signer: Signer, comment: Comment, *, now: datetime) -> None:
    """Put the mail that asks to confirm `comment` into the outbox. The caller has flushed, and commits.

    One that still waits to be sent there is enough, also for requests at the same moment.
    """
    lock_key(session, f"{KIND} {comment.id}")
    email = address_of(session, comment)
    newest = _newest_mail(session, comment, email)
    if newest is None or newest.state is not MailState.WAITING:
        mail = outbox.NewMail(
            key=f"{KIND}:{comment.id}:{hash_of(signer, email)}:{now.timestamp():.6f}", kind=KIND, recipient=email,
            awaited=True, commenter_id=comment.commenter_id, comment_id=comment.id,
        )  # fmt: skip
        outbox.put(session, mail, now=now)


def forget_confirmations(session: Session, comments: Select[int] | Sequence[int]) -> None:
    """Delete every mail that asks to confirm one of these comments, whoever it went to. The caller commits.

    Before a correction it went to the address as it was typed first, which nothing else connects with the writer.
    """
    session.execute(
        delete(OutboxMail)
        .where(OutboxMail.kind == KIND, OutboxMail.comment_id.in_(comments))
        .execution_options(synchronize_session=False)
    )


def has_mail(session: Session, comment: Comment, email: str) -> bool:
    """Whether a mail that asks to confirm `comment` has gone to this address, or is about to."""
    newest = _newest_mail(session, comment, email)
    return newest is not None and newest.state in {MailState.WAITING, MailState.SENT}


def has_waiting_mail(session: Session, comment: Comment, email: str) -> bool:
    """Whether such a mail is about to leave."""
    newest = _newest_mail(session, comment, email)
    return newest is not None and newest.state is MailState.WAITING


def is_refused(session: Session, comment: Comment, email: str) -> bool:
    """Whether the mail server of this address did not take the last mail that asks to confirm `comment`."""
    newest = _newest_mail(session, comment, email)
    if newest is None:
        return False
    is_suppressed = newest.state is MailState.STOPPED and newest.last_answer == STOPPED_BECAUSE
    return newest.state is MailState.FAILED or is_suppressed


def _newest_mail(session: Session, comment: Comment, email: str) -> OutboxMail | None:
    of_comment = (OutboxMail.comment_id == comment.id, OutboxMail.kind == KIND, OutboxMail.recipient == email)
    return session.scalars(
        select(OutboxMail).where(*of_comment).order_by(OutboxMail.id.desc()).limit(1)
    ).first()


def correct_address(
    session: Session, comment: Comment, email: str, *, disposable_domain: str, now: datetime
) -> None:
    """Give an unconfirmed comment the address that its writer meant. The caller commits, and sends the new mail.

    Its lock number goes up, so that a press on the old link at the same moment finds another comment than it read.

    :param email: normalised.
    :param disposable_domain: what moderators are told of it; see `CommentDraft`.
    :raises ConfirmedAlready: it is no longer unconfirmed.
    """
    former_id, commenter_id = comment.commenter_id, _both_locked(session, comment, email, now=now)
    corrected = session.connection().execute(
        update(Comment)
        .where(Comment.id == comment.id, Comment.state == State.UNCONFIRMED)
        .values(commenter_id=commenter_id, version=Comment.version + 1)
    )
    if not corrected.rowcount:
        raise ConfirmedAlready
    session.expire(comment)
    if former_id != commenter_id:
        _stop_mails(session, comment, except_to=email)
        _weigh_again(comment, disposable_domain)
        _forget_mistyped(session, former_id)


def _both_locked(session: Session, comment: Comment, email: str, *, now: datetime) -> int:
    """The id of the commenter with the new address; its row and the former one's are locked, before the comment.

    A press locks in this order too; and always by address, so that two corrections crosswise wait for each other
    instead of both.
    """
    former = address_of(session, comment)
    former_row = select(Commenter.id).where(Commenter.email == former).with_for_update()
    if former < email:
        session.execute(former_row)
    commenter_id = commenter_id_for(session, email, now=now)
    if former > email:
        session.execute(former_row)
    return commenter_id


def _stop_mails(session: Session, comment: Comment, *, except_to: str) -> None:
    """What is leaving at this moment keeps its lease: if it does leave, the outbox says so."""
    session.execute(
        update(OutboxMail)
        .where(
            OutboxMail.comment_id == comment.id,
            OutboxMail.kind == KIND,
            OutboxMail.state == MailState.WAITING,
            OutboxMail.recipient != except_to,
        )
        .values(state=MailState.STOPPED)
        .execution_options(synchronize_session=False)
    )


def _weigh_again(comment: Comment, disposable_domain: str) -> None:
    """What the address alone gave as a hold reason follows the address."""
    revision = comment.newest_revision
    kept = [reason for reason in revision.hold_reasons if reason["code"] != disposable.CODE]
    told = [HoldReason(disposable.CODE, disposable_domain).as_json()] if disposable_domain else []
    revision.hold_reasons = kept + told


def _forget_mistyped(session: Session, commenter_id: int | None) -> None:
    """An address that nobody proved and no comment has any more was only a typing error."""
    commenter = session.get(Commenter, commenter_id)
    if commenter is not None and commenter.proven_at is None:
        session.flush()
        forget_if_unused(session, commenter_id)
