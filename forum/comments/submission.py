"""A form becomes a comment, once: cleaning, weighing, storing, and knowing a repeated post again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from forum import spam, text
from forum.accounts.models import Account
from forum.articles.models import Article, Person
from forum.base.session import lock_key
from forum.base.signing import Signer
from forum.comments import lifecycle
from forum.comments.commenters import commenter_id_for
from forum.comments.errors import CommentsClosed, EmptyAfterCleaning, ParentGone, SubmissionIdReused
from forum.comments.loaders import submission_token
from forum.comments.models import Badge, Comment, CommentRevision, State, Submission

TWIN_WINDOW = timedelta(minutes=10)
"""How long the same article, address and text without an id counts as the same submission."""

_STAFF_NAMES = select(Account.name).union(select(Person.name).where(Person.account_id.is_not(None)))


@dataclass(frozen=True, kw_only=True)
class CommentDraft:
    """A checked form: every field clean, nothing stored yet.

    :param html: `text.render_comment(source)`, made by the caller outside the transaction.
    :param submission_id: what the form says it is; None when it says nothing.
    :param started_at: when writing began, as far as the form says.
    :param network_hash: keyed hash of the sender's network.
    :param disposable_domain: the domain of the address when it is a throw-away one and moderators are to be told.
    """

    name: str
    email: str
    website: str | None
    source: str
    html: str
    parent_id: int | None
    notify_replies: bool
    submission_id: str | None
    honeypot: str
    started_at: datetime | None
    network_hash: str | None
    disposable_domain: str = ""


@dataclass(frozen=True)
class Receipt:
    """The answer to a submission: the comment, and the token of its page.

    Neither for a twin without an id, which is told so and shown nothing.

    :param waits_for_proof: whether the comment's address is still to be proven.
    """

    comment_id: int | None
    token: str | None
    is_new: bool
    waits_for_proof: bool = False

    @classmethod
    def of(cls, signer: Signer, comment: Comment, *, is_new: bool) -> Receipt:
        """For who sent `comment` in, now or before."""
        token = submission_token(signer, comment)
        waits = comment.state is State.UNCONFIRMED
        return cls(comment.id, token, is_new=is_new, waits_for_proof=waits)


def fingerprint(signer: Signer, article_id: int, draft: CommentDraft) -> str:
    """Keyed hash of what makes two posts the same: article, address and text."""
    return signer.keyed_hash("submission", str(article_id), draft.email, draft.source)


def find_replay(
    session: Session, signer: Signer, article: Article, draft: CommentDraft, *, now: datetime
) -> Receipt | None:
    """The answer that this very submission got before, or None when it is new.

    Takes a lock on the submission first, so that of 50 identical posts at once the others wait for the first.

    :raises SubmissionIdReused: the id came before with another article, address or text.
    """
    mark = fingerprint(signer, article.id, draft)
    lock_key(session, draft.submission_id or mark)
    if draft.submission_id is not None:
        earlier = session.scalar(select(Submission).where(Submission.submission_id == draft.submission_id))
        if earlier is None:
            return None
        if earlier.fingerprint != mark:
            raise SubmissionIdReused
        return Receipt.of(signer, earlier.comment, is_new=False)
    twin = session.scalar(
        select(Submission.id)
        .where(Submission.fingerprint == mark, Submission.received_at > now - TWIN_WINDOW)
        .limit(1)
    )
    return None if twin is None else Receipt(None, None, is_new=False)


def submit(
    session: Session,
    signer: Signer,
    article: Article,
    draft: CommentDraft,
    *,
    now: datetime,
    state: State = State.PENDING,
    is_proven: bool = False,
) -> Comment:
    """Weigh a draft and queue it for a moderator. The caller commits.

    :param now: current time, UTC.
    :param state: `unconfirmed` while the address is still to be proven (`forum.comments.proving`).
    :param is_proven: the browser that sent it has proven the address.
    :raises CommentsClosed: `now` is not before the article's `comments_close_at`, or the thread is closed.
    :raises EmptyAfterCleaning: nothing readable was left.
    :raises ParentGone: the answered comment is not an approved one of this article.
    """
    if not article.takes_comments(now):
        raise CommentsClosed
    if text.is_blank(draft.html):
        raise EmptyAfterCleaning
    comment = _new_comment(session, article, draft, now=now)
    comment.proven_at = now if is_proven else None
    held = spam.assess(_facts(session, draft, now))
    session.add(
        Submission(
            submission_id=draft.submission_id,
            fingerprint=fingerprint(signer, article.id, draft),
            network_hash=draft.network_hash,
            comment=comment,
            received_at=now,
        )
    )
    lifecycle.begin(
        session, comment, lifecycle.NewText(draft.source, draft.html), by=lifecycle.COMMENTER,
        state=state, now=now, hold_reasons=[reason.as_json() for reason in held],
    )  # fmt: skip
    return comment


def submit_staff_reply(
    session: Session,
    article: Article,
    account: Account,
    source: str,
    html: str,
    *,
    parent_id: int | None,
    now: datetime,
) -> Comment:
    """A member of staff answers in the thread: published at once, with a badge. The caller commits.

    Staff may answer in a closed thread: the last word of an author often comes then. The same answer sent twice within
    `TWIN_WINDOW` is one comment: the second time gives the first one.

    :raises EmptyAfterCleaning: nothing readable was left.
    :raises ParentGone: the answered comment is not an approved one of this article.
    """
    if text.is_blank(html):
        raise EmptyAfterCleaning
    twin = _twin_reply(session, article, account, source, parent_id=parent_id, now=now)
    if twin is not None:
        return twin
    parent = _approved_parent(session, article, parent_id)
    comment = Comment(
        article_id=article.id,
        parent_id=parent.id if parent else None,
        depth=parent.depth + 1 if parent else 0,
        account_id=account.id,
        badge=badge_for(session, article, account),
        author_name=account.name,
        lang=article.lang,
        submitted_at=now,
    )
    lifecycle.begin(
        session, comment, lifecycle.NewText(source, html), by=lifecycle.staff(account.id),
        state=State.APPROVED, now=now,
    )  # fmt: skip
    return comment


def _twin_reply(
    session: Session, article: Article, account: Account, source: str, *, parent_id: int | None, now: datetime
) -> Comment | None:
    lock_key(session, f"staff reply {account.id}")
    return session.scalars(
        select(Comment)
        .join(CommentRevision, CommentRevision.id == Comment.published_revision_id)
        .where(
            Comment.account_id == account.id,
            Comment.article_id == article.id,
            Comment.parent_id == parent_id,
            Comment.state == State.APPROVED,
            Comment.submitted_at > now - TWIN_WINDOW,
            CommentRevision.source == source,
        )
        .order_by(Comment.id)
        .limit(1)
    ).first()


def badge_for(session: Session, article: Article, account: Account) -> Badge:
    """As what `account` speaks below `article`: its author if in the byline, else the highest role."""
    byline_people = [byline.person_id for byline in article.bylines]
    is_author = session.scalar(
        select(Person.id).where(Person.account_id == account.id, Person.id.in_(byline_people)).limit(1)
    )
    if is_author is not None:
        return Badge.AUTHOR
    ranks = (Badge.MODERATOR, Badge.EDITOR, Badge.ADMIN)
    return next((badge for badge in ranks if badge.value in account.role_names), Badge.MODERATOR)


def _new_comment(session: Session, article: Article, draft: CommentDraft, *, now: datetime) -> Comment:
    parent = _approved_parent(session, article, draft.parent_id)
    return Comment(
        article_id=article.id,
        parent_id=parent.id if parent else None,
        depth=parent.depth + 1 if parent else 0,
        commenter_id=commenter_id_for(session, draft.email, now=now),
        author_name=draft.name,
        website=draft.website,
        lang=article.lang,
        notify_replies=draft.notify_replies,
        submitted_at=now,
    )


def _approved_parent(session: Session, article: Article, parent_id: int | None) -> Comment | None:
    if parent_id is None:
        return None
    parent = session.get(Comment, parent_id)
    if parent is None or parent.article_id != article.id or parent.state is not State.APPROVED:
        raise ParentGone
    return parent


def _facts(session: Session, draft: CommentDraft, now: datetime) -> spam.Facts:
    return spam.Facts(
        name=draft.name,
        html=draft.html,
        honeypot=draft.honeypot,
        started_at=draft.started_at,
        received_at=now,
        disposable_domain=draft.disposable_domain,
        staff_names=tuple(session.scalars(_STAFF_NAMES)),
    )
