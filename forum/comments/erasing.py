"""Erasing: a comment, or everything of an address. Text and person go, the place and the history stay.

What was erased is written down as a keyed hash (`Erasure`), so that a restored backup can be made to forget it too.
Everything here happens in the caller's transaction, may be done twice, and needs neither a request nor a mail.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from html import unescape

from sqlalchemy import delete, exists, select, update
from sqlalchemy.orm import Session

from forum import text
from forum.base.signing import Signer
from forum.base.upsert import insert_for
from forum.comments import lifecycle
from forum.comments.commenters import forget_unused, lock_alone, lock_commenter
from forum.comments.effects import EMPTIED
from forum.comments.erased import erase_all
from forum.comments.following.service import LINK_LASTS
from forum.comments.models import (
    Comment,
    Commenter,
    CommentEvent,
    CommentRevision,
    Erasure,
    ErasureScope,
    Follow,
    Move,
    State,
    Submission,
)
from forum.comments.proving.service import forget_confirmations
from forum.mail import outbox
from forum.mail.models import OutboxMail
from forum.text.links import ascii_host

LEFT_OUT = "[…]"
"""Stands in a text that is kept where it held the address."""

BEGAN_AT = (
    select(CommentEvent.at)
    .where(CommentEvent.comment_id == Comment.id)
    .order_by(CommentEvent.id)
    .limit(1)
    .correlate(Comment)
    .scalar_subquery()
)
"""When a comment's first event was. It never changes; a newer export may give an imported comment another date."""
_TEXTS_AT_ONCE = 200
_LOOKS = 3
"""How often a text is printed anew to see what its marks hid."""


def address_mark(signer: Signer, email: str) -> str:
    """By what an erased address is known again.

    :param email: normalised.
    """
    return signer.keyed_hash("erased address", email)


def comment_mark(signer: Signer, comment_id: int, began_at: datetime) -> str:
    """By what an erased comment is known again, and told from one that has its id in another life of the database.

    :param began_at: see `BEGAN_AT`.
    """
    return signer.keyed_hash("erased comment", str(comment_id), began_at.astimezone(UTC).isoformat())


def kept_mark(signer: Signer, comment_id: int, source: str) -> str:
    """By what a text that stayed without its writer's name is known again, and told from earlier and later ones."""
    return signer.keyed_hash("kept text", str(comment_id), source)


def erase_address(
    session: Session, signer: Signer, commenter: Commenter, *, keep_texts: bool, now: datetime
) -> None:
    """Forget an address, with all that came from it. The caller commits.

    What members of staff wrote stays theirs, whatever address they have. The links to the writer's page, its session
    and the submission pages open nothing any more.

    :param keep_texts: published texts stay, without a name; what is not public is emptied in any case.
    """
    email, scope = commenter.email, ErasureScope.PERSON if keep_texts else ErasureScope.ADDRESS
    locked = lock_commenter(session, commenter.id)
    if locked is None:
        return
    _write_down(session, now, (address_mark(signer, email), scope))
    erase_all(session, locked, keep_published=keep_texts, now=now)
    _write_down(session, now, *_marks_of_each(session, signer, locked))
    _empty_texts(session, locked, keep_published=keep_texts)
    _drop_address_from_texts(session, locked, email)
    _forget_person(session, locked, email)
    session.expire_all()


def erase_comment(
    session: Session,
    signer: Signer,
    comment: Comment,
    *,
    by: lifecycle.Actor,
    version: int,
    now: datetime,
) -> CommentEvent | None:
    """Empty one comment: its text in every version, and who wrote it. The caller commits.

    :param version: the lock number that the actor saw.
    :returns: what happened, or None when it was erased already.
    :raises DecidedAlready: the comment changed since `version`.
    """
    if comment.state is State.ERASED:
        return None
    lock_commenter(session, comment.commenter_id)
    event = empty_comment(session, comment, by=by, version=version, now=now)
    began_at = session.scalars(select(BEGAN_AT).where(Comment.id == comment.id)).one()
    _write_down(session, now, (comment_mark(signer, comment.id, began_at), ErasureScope.COMMENT))
    return event


def empty_comment(
    session: Session, comment: Comment, *, by: lifecycle.Actor, version: int, now: datetime
) -> CommentEvent:
    """`erase_comment` without a mark: what ends by its term does so again after a restore. The caller commits.

    The mails about it to its writer go too: they hold the address, now and as it was before a correction.

    :raises DecidedAlready: the comment changed since `version`.
    """
    writer_id = comment.commenter_id
    email = comment.commenter.email if comment.commenter is not None else None
    event = lifecycle.move(session, comment, Move.ERASE, by=by, version=version, now=now)
    forget_confirmations(session, [comment.id])
    if writer_id is not None and email is not None:
        forget_unused(session, [writer_id], asked_since=now - LINK_LASTS)
        _forget_mails(session, comment.id, email)
    return event


def _write_down(session: Session, now: datetime, *marks: tuple[str, ErasureScope]) -> None:
    """Keep what was erased; once for each moment, so that it can be done again after a restore."""
    rows = [{"mark": mark, "scope": scope, "at": now} for mark, scope in marks]
    if rows:
        statement = insert_for(session.get_bind().dialect.name, Erasure).on_conflict_do_nothing()
        session.connection().execute(statement, rows)


def _marks_of_each(session: Session, signer: Signer, commenter_id: int) -> Iterator[tuple[str, ErasureScope]]:
    """Of each comment of a writer that it is emptied, or that it stays and with which text, before anything is cut.

    A backup knows them in other states, and under another address when one was corrected: what it holds as public
    may have been taken back before the name went.
    """
    rows = session.execute(
        select(Comment.id, BEGAN_AT, Comment.state, CommentRevision.source)
        .outerjoin(CommentRevision, CommentRevision.id == Comment.published_revision_id)
        .where(Comment.commenter_id == commenter_id)
        .order_by(Comment.id)
    )
    for comment_id, began_at, state, source in rows:
        if state is State.APPROVED:
            yield kept_mark(signer, comment_id, source), ErasureScope.KEPT
            yield comment_mark(signer, comment_id, began_at), ErasureScope.KEPT
        else:
            yield comment_mark(signer, comment_id, began_at), ErasureScope.COMMENT


def _empty_texts(session: Session, commenter_id: int, *, keep_published: bool) -> None:
    """Empty the versions of the texts, all or all but what is public, and the notes that may quote them."""
    comments = select(Comment.id).where(Comment.commenter_id == commenter_id)
    is_kept = exists().where(
        Comment.published_revision_id == CommentRevision.id, Comment.state == State.APPROVED
    )
    texts = update(CommentRevision).where(CommentRevision.comment_id.in_(comments))
    emptied = texts.where(~is_kept) if keep_published else texts
    for statement in (
        emptied.values(**EMPTIED),
        texts.values(hold_reasons=[], remark=None, passages=None),
        update(CommentEvent).where(CommentEvent.comment_id.in_(comments)).values(note=None),
        delete(Submission).where(Submission.comment_id.in_(comments)),
    ):
        session.execute(statement.execution_options(synchronize_session=False))


def _drop_address_from_texts(session: Session, commenter_id: int, email: str) -> None:
    """Take the address out of the texts that stay, in whatever spelling it was typed there."""
    spelled = _spellings(email)
    ids = session.scalars(
        select(CommentRevision.id)
        .join(Comment, Comment.published_revision_id == CommentRevision.id)
        .where(Comment.commenter_id == commenter_id, Comment.state == State.APPROVED)
    ).all()
    for start in range(0, len(ids), _TEXTS_AT_ONCE):
        some = CommentRevision.id.in_(ids[start : start + _TEXTS_AT_ONCE])
        rows = session.execute(
            select(CommentRevision.id, CommentRevision.source, CommentRevision.html).where(some)
        )
        for revision_id, source, html in rows.all():
            if spelled.search(source) or _is_printed(spelled, html):
                session.execute(
                    update(CommentRevision)
                    .where(CommentRevision.id == revision_id)
                    .values(_without(spelled, source))
                    .execution_options(synchronize_session=False)
                )


def _without(spelled: re.Pattern[str], source: str) -> dict[str, object]:
    """The text without the address. What marks or escapes hid it from the first look is kept as plain words.

    Nothing is kept of a text that hides it in itself over and over.
    """
    cleaned = spelled.sub(LEFT_OUT, source)
    for _look in range(_LOOKS):
        html = text.render_comment(cleaned)
        if not _is_printed(spelled, html):
            break
        cleaned = spelled.sub(LEFT_OUT, text.plain_text(html))
    else:
        cleaned, html = LEFT_OUT, text.render_comment(LEFT_OUT)
    return {"source": cleaned, "html": html, "text_rules_version": text.TEXT_RULES_VERSION}


def _is_printed(spelled: re.Pattern[str], html: str) -> bool:
    """Whether the address stands in what readers see, or in what a link leads to."""
    return any(spelled.search(words) for words in (text.plain_text(html), unescape(html)))


def _spellings(email: str) -> re.Pattern[str]:
    """An address as people, links and mail programs write it: in any case, percent-encoded, in punycode."""
    local, _, domain = email.rpartition("@")
    domains = "|".join(_spelled(name) for name in sorted({domain, ascii_host(domain) or domain}))
    return re.compile(f"{_spelled(f'{local}@')}(?:{domains})", re.IGNORECASE)


def _spelled(words: str) -> str:
    """A pattern for `words` in which each character may be percent-encoded: once, or anew for a link in a link."""
    return "".join(f"(?:{re.escape(char)}|{'|'.join(_percent_encoded(char))})" for char in words)


def _percent_encoded(char: str) -> list[str]:
    cases = {char.lower().encode(), char.upper().encode()}
    return ["".join(f"%(?:25)*{byte:02x}" for byte in case) for case in sorted(cases)]


def _forget_person(session: Session, commenter_id: int, email: str) -> None:
    """Take name and address from the comments, and then the address itself away."""
    lock_alone(session, commenter_id)
    outbox.forget_recipient(session, email)
    forget_confirmations(session, select(Comment.id).where(Comment.commenter_id == commenter_id))
    for statement in (
        update(Comment)
        .where(Comment.commenter_id == commenter_id)
        .values(commenter_id=None, author_name="", website=None, badge=None, notify_replies=False),
        delete(Follow).where(Follow.commenter_id == commenter_id),
        delete(Commenter).where(Commenter.id == commenter_id),
    ):
        session.execute(statement.execution_options(synchronize_session=False))


def _forget_mails(session: Session, comment_id: int, email: str) -> None:
    """Delete the mails about an erased comment to its writer; all of them when the address is gone with it."""
    if session.scalar(select(Commenter.id).where(Commenter.email == email)) is None:
        outbox.forget_recipient(session, email)
    session.execute(
        delete(OutboxMail)
        .where(
            OutboxMail.comment_id == comment_id,
            OutboxMail.recipient == email,
            OutboxMail.to_staff.is_(False),
        )
        .execution_options(synchronize_session=False)
    )
