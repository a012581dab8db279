"""The comments of an export: as they come in the first time, and as a newer export says them anew."""

from __future__ import annotations

import html
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from email_validator import EmailNotValidError
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from forum import text
from forum.articles.models import page_key
from forum.base.page_versions import bump
from forum.base.signing import Signer
from forum.comments import lifecycle
from forum.comments.addresses import MAX_EMAIL_CHARS, normalise_email
from forum.comments.commenters import forget_if_unused
from forum.comments.imported import Arrival
from forum.comments.models import Badge, Comment, State
from forum.exchange.digests import keyed_digest
from forum.exchange.models import ImportedComment
from forum.exchange.wordpress.records import CommentRecord, PersonRecord

MAX_NAME_CHARS = 60
_STATES = {"1": State.APPROVED, "approve": State.APPROVED, "spam": State.SPAM, "trash": State.REJECTED,
           "post-trashed": State.REJECTED}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """A comment of the file, cleaned and printed, not yet written.

    :param email: as it is stored; None when the file holds none that can be used.
    :param remarks: what of it did not come along, by code.
    """

    external_id: int
    parent_id: int | None
    name: str
    email: str | None
    website: str | None
    badge: Badge | None
    state: State
    source: str
    html: str
    at: datetime
    mark: str
    remarks: tuple[str, ...]


def digest_of_comment(signer: Signer, record: CommentRecord) -> str:
    """Tells whether a newer export says something else about a comment. Keyed: an erasure leaves it."""
    return keyed_digest(
        signer, record.post_id, record.parent_id, record.name, record.email, record.website, record.body,
        record.approved, record.user_id, record.at,
    )  # fmt: skip


def prepare(
    record: CommentRecord, *, mark: str, writer: PersonRecord | None, written_at: datetime, now: datetime
) -> Prepared:
    """Clean and print a comment. Takes a millisecond or more, so it happens outside any transaction.

    :param mark: its digest.
    :param writer: who wrote the article.
    :param written_at: the time of a comment that has none; none is later than `now`.
    """
    name = shown_name(record.name)
    email, email_remark = _email(record.email)
    website, website_remark = _website(html.unescape(record.website))
    source = text.clean_source(record.body)
    printed = text.render_comment(source)
    state = _STATES.get(record.approved, State.PENDING)
    if state is State.APPROVED and text.is_blank(printed):
        state = State.REJECTED  # nothing to read; answers to it keep their place below it
    remarks = (
        email_remark, website_remark, "name_shortened" if len(name) > MAX_NAME_CHARS else None,
        "blank" if state is State.REJECTED and text.is_blank(printed) else None,
    )  # fmt: skip
    return Prepared(
        external_id=record.comment_id or 0,
        parent_id=record.parent_id,
        name=_shortened(name) or _("Anonymous"),
        email=email,
        website=website,
        badge=Badge.AUTHOR if _is_by(record, writer) else None,
        state=state,
        source=source,
        html=printed,
        at=min(record.at or written_at, now),
        mark=mark,
        remarks=tuple(remark for remark in remarks if remark),
    )


def arrival_of(
    prepared: Prepared, *, id_: int, parent_id: int | None, commenter_id: int | None, lang: str
) -> Arrival:
    """The comment as `bring_in` takes it."""
    return Arrival(
        id=id_,
        parent_id=parent_id,
        commenter_id=commenter_id,
        badge=prepared.badge,
        name=prepared.name,
        website=prepared.website,
        lang=lang,
        state=prepared.state,
        source=prepared.source,
        html=prepared.html,
        at=prepared.at,
    )


class Known(NamedTuple):
    """A comment that came in before: its id here, what the file said, the lock number it had, its article."""

    comment_id: int
    digest: str
    version: int
    article_id: int


def known_comments(session: Session, source_id: int, ids: Iterable[int]) -> dict[int, Known]:
    """What came in before of these ids, by its id in the file."""
    columns = (
        ImportedComment.external_id, ImportedComment.comment_id, ImportedComment.digest, ImportedComment.version,
        Comment.article_id,
    )  # fmt: skip
    rows = session.execute(
        select(*columns)
        .join(Comment, Comment.id == ImportedComment.comment_id)
        .where(ImportedComment.source_id == source_id, ImportedComment.external_id.in_(list(ids)))
    )
    return {external_id: Known(*rest) for external_id, *rest in rows}  # type: ignore[arg-type]


def is_untouched(session: Session, known: Known, *, article_id: int, parent_id: int | None) -> bool:
    """Whether a comment is as it came in, and stands where the file has it: places never change."""
    comment = session.get_one(Comment, known.comment_id)
    here = (comment.version, comment.article_id, comment.parent_id)
    return here == (known.version, article_id, parent_id)


def update_comment(
    session: Session,
    source_id: int,
    known: Known,
    prepared: Prepared,
    *,
    commenter_id: int | None,
    now: datetime,
) -> None:
    """Bring an untouched comment to what a newer export says. The caller commits.

    :raises DecidedAlready: it changed here since it came in.
    """
    comment = session.get_one(Comment, known.comment_id)
    is_new_text = comment.newest_revision.source != prepared.source
    text_ = lifecycle.NewText(prepared.source, prepared.html) if is_new_text else None
    lifecycle.bring_up_to_date(
        session, comment, prepared.state, text_, version=known.version, at=prepared.at, now=now
    )
    former_id, comment.commenter_id = comment.commenter_id, commenter_id
    comment.author_name, comment.website, comment.badge = prepared.name, prepared.website, prepared.badge
    comment.submitted_at = prepared.at
    bump(session, page_key(comment.article_id))
    session.flush()
    forget_if_unused(session, former_id)
    origin = session.get_one(ImportedComment, (source_id, prepared.external_id))
    origin.digest, origin.version = prepared.mark, comment.version


def _is_by(record: CommentRecord, writer: PersonRecord | None) -> bool:
    """Whether the article's author wrote it, signed in. An address alone proves nothing: anyone can type one."""
    if writer is None or record.user_id is None:
        return False
    if writer.author_id is not None:
        return writer.author_id == record.user_id
    return bool(writer.email) and writer.email.lower() == record.email.lower()


def shown_name(raw: str) -> str:
    """A name as it is shown. Of an e-mail address, which some type as their name, only what stands before the @."""
    name = text.clean_name(html.unescape(raw))
    return name if _email(name)[0] is None else name.partition("@")[0]


@lru_cache(maxsize=10_000)
def _email(raw: str) -> tuple[str | None, str | None]:
    if not raw:
        return None, None
    if len(raw) > MAX_EMAIL_CHARS:
        return None, "email"
    try:
        return normalise_email(raw), None
    except EmailNotValidError:
        return None, "email"


def _website(raw: str) -> tuple[str | None, str | None]:
    try:
        return text.clean_website(raw), None
    except text.NotAWebsite:
        return None, "website"


def _shortened(name: str) -> str:
    return name if len(name) <= MAX_NAME_CHARS else name[: MAX_NAME_CHARS - 1].rstrip() + "…"
