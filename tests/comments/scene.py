"""A stage for stories about one comment: an article, two moderators, and comments in any state."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from forum.articles.models import FRONT_PAGE_KEY, Article, page_key
from forum.base.page_versions import current_versions
from forum.comments import lifecycle, revisions
from forum.comments.commenters import commenter_id_for
from forum.comments.lifecycle import COMMENTER, NewText, Reason
from forum.comments.models import (
    ActorKind,
    Comment,
    CommentEvent,
    CommentRevision,
    Move,
    RevisionState,
    State,
)
from tests.factories import NOW, READER, Person, make_comment

SECOND_MODERATOR = Person("Ilse Kok", "ilse.kok@redactie.example")
REASON = Reason("off_topic")
NEW_TEXT = NewText("Een betere tekst.", "<p>Een betere tekst.</p>")
NEEDS_REASON = {Move.REJECT, Move.REMOVE}
BRINGS_TEXT = {Move.EDIT, Move.RESUBMIT, Move.REDACT}

WAY_TO: dict[State, tuple[tuple[Move, lifecycle.Actor | None], ...]] = {
    State.UNCONFIRMED: (),
    State.PENDING: (),
    State.APPROVED: ((Move.APPROVE, None),),
    State.REJECTED: ((Move.REJECT, None),),
    State.SPAM: ((Move.SPAM, None),),
    State.RETURNED: ((Move.RETURN, None),),
    State.REMOVED: ((Move.APPROVE, None), (Move.REMOVE, None)),
    State.WITHDRAWN: ((Move.WITHDRAW, COMMENTER),),
    State.ERASED: ((Move.ERASE, COMMENTER),),
}
"""The shortest way into each state; the actor is the moderator unless named."""


@dataclass
class Scene:
    """One article and who decides about its comments."""

    session: Session
    article: Article
    moderator: lifecycle.Actor
    second_moderator: lifecycle.Actor

    def comment(self, state: State = State.PENDING, **values: Any) -> Comment:
        """A comment by the reader that went the shortest way into `state`."""
        comment = (
            self.unconfirmed()
            if state is State.UNCONFIRMED
            else make_comment(self.session, self.article, **values)
        )
        for kind, actor in WAY_TO[state]:
            self.move(comment, kind, by=actor)
        return comment

    def unconfirmed(self) -> Comment:
        """A comment whose address is to be proven first."""
        comment = Comment(
            article_id=self.article.id,
            commenter_id=commenter_id_for(self.session, READER.email, now=NOW),
            author_name=READER.name,
            lang="nl",
            submitted_at=NOW,
        )
        lifecycle.begin(
            self.session,
            comment,
            NewText("Tekst.", "<p>Tekst.</p>"),
            by=COMMENTER,
            state=State.UNCONFIRMED,
            now=NOW,
        )
        return comment

    def move(
        self,
        comment: Comment,
        kind: Move,
        *,
        by: lifecycle.Actor | None = None,
        version: int | None = None,
        now: datetime = NOW,
        reason: Reason | None = None,
    ) -> CommentEvent:
        """Make a move, by the moderator unless said otherwise, with what the move needs to bring."""
        return lifecycle.move(
            self.session,
            comment,
            kind,
            by=by or self.moderator,
            version=comment.version if version is None else version,
            now=now,
            reason=reason or (REASON if kind in NEEDS_REASON else None),
            text=NEW_TEXT if kind in BRINGS_TEXT else None,
        )

    def edit(self, comment: Comment, source: str) -> CommentEvent:
        """The writer changes the text."""
        return revisions.edit(self.session, comment, source, version=comment.version, now=NOW)

    def redact(self, comment: Comment, source: str) -> CommentEvent:
        """The moderator changes the text."""
        return revisions.redact(
            self.session, comment, source, by=self.moderator, version=comment.version, now=NOW
        )

    def versions(self) -> tuple[int, int]:
        """The page versions of the article and of the front page."""
        self.session.flush()
        keys = page_key(self.article.id), FRONT_PAGE_KEY
        found = current_versions(self.session, keys)
        return found[keys[0]], found[keys[1]]

    def events(self, comment: Comment) -> list[tuple[Move, State | None, State]]:
        """What happened to a comment, in order."""
        rows = self.session.scalars(
            select(CommentEvent).where(CommentEvent.comment_id == comment.id).order_by(CommentEvent.id)
        )
        return [(event.kind, event.from_state, event.to_state) for event in rows]


def published(comment: Comment) -> str | None:
    """What readers see of a comment, if anything."""
    if comment.state is not State.APPROVED or comment.published_revision is None:
        return None
    return comment.published_revision.source


def texts(comment: Comment) -> list[tuple[str, RevisionState]]:
    """Each version of the text and where it stands."""
    return [(revision.source, revision.state) for revision in comment.revisions]


def face(comment: Comment) -> tuple[object, ...]:
    """Everything that an undone decision must give back."""
    return (
        comment.state,
        comment.is_held,
        comment.is_picked,
        comment.published_revision_id,
        texts(comment),
        (comment.number, comment.root_number, comment.path),
    )


def plant(scene: Scene, parents: list[int | None]) -> list[int]:
    """Waiting comments in a given shape, as an import may bring them: `parents[i]` is an index before i, or None.

    Readers can only answer what is public; in an import a reply may be decided about before its parent.
    """
    first = (scene.session.scalar(select(func.max(Comment.id))) or 0) + 1
    depths: list[int] = []
    for parent in parents:
        depths.append(0 if parent is None else depths[parent] + 1)
    rows = [
        {
            "id": first + index,
            "article_id": scene.article.id,
            "parent_id": None if parent is None else first + parent,
            "depth": depths[index],
            "author_name": f"Lezer {index}",
            "lang": "nl",
            "state": State.PENDING,
            "version": 1,
            "submitted_at": NOW,
        }
        for index, parent in enumerate(parents)
    ]
    texts_of: list[dict[str, object]] = [
        {"comment_id": row["id"], "n": 1, "source": f"Tekst {index}.", "html": f"<p>Tekst {index}.</p>",
         "text_rules_version": 1, "by": ActorKind.COMMENTER, "state": RevisionState.WAITING, "hold_reasons": [],
         "created_at": NOW}
        for index, row in enumerate(rows)
    ]  # fmt: skip
    scene.session.execute(insert(Comment), rows)
    scene.session.execute(insert(CommentRevision), texts_of)
    ids = [first + index for index in range(len(parents))]
    events = [
        {"comment_id": comment_id, "revision_id": revision_id, "kind": Move.SUBMIT, "to_state": State.PENDING,
         "by": ActorKind.COMMENTER, "comment_version": 1, "at": NOW}
        for revision_id, comment_id in scene.session.execute(
            select(CommentRevision.id, CommentRevision.comment_id).where(CommentRevision.comment_id >= first)
        )
    ]  # fmt: skip
    scene.session.execute(insert(CommentEvent), events)
    return ids
