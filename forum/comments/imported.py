"""Comments that come in from another site, many at once, with the state and the dates that they had there.

Each gets what `lifecycle.begin` gives a single one: a first version of its text, an event (`import`), a place in the
thread if it is public, and new versions of the pages that show it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, update
from sqlalchemy.orm import Session

from forum.articles.models import FRONT_PAGE_KEY, page_key
from forum.base.ids import take_ids
from forum.base.page_versions import bump
from forum.comments.errors import MoveNotAllowed
from forum.comments.models import ActorKind, Badge, Comment, CommentEvent, CommentRevision, Move, State
from forum.comments.moves import IMPORTED
from forum.comments.places import Spot, find_spots, give_places
from forum.comments.standing import Standing, Step
from forum.text import TEXT_RULES_VERSION

_PLACE = (
    update(Comment.__table__)  # type: ignore[arg-type]
    .where(Comment.__table__.c.id == bindparam("comment"))
    .values(number=bindparam("n"), root_number=bindparam("root"), path=bindparam("place"))
)
_PUBLISH = (
    update(Comment.__table__)  # type: ignore[arg-type]
    .where(Comment.__table__.c.id == bindparam("comment"))
    .values(published_revision_id=bindparam("revision"))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A comment from another site, checked and printed, with an id of ours.

    :param id: from `take_ids`; `parent_id` is a comment of the same article, earlier in the batch or here already.
    :param html: `text.render_comment(source)`.
    :param at: when it was written there.
    """

    id: int
    parent_id: int | None
    commenter_id: int | None
    badge: Badge | None
    name: str
    website: str | None
    lang: str
    state: State
    source: str
    html: str
    at: datetime


def bring_in(session: Session, article_id: int, arrivals: Sequence[Arrival], *, now: datetime) -> None:
    """Write a batch of one article's comments, parents before replies. The caller commits.

    :raises MoveNotAllowed: a comment cannot come in with that state.
    """
    for arrival in arrivals:
        if arrival.state not in IMPORTED:
            raise MoveNotAllowed(arrival.state, Move.IMPORT)
    spots = _spots(session, arrivals)
    public = [arrival.id for arrival in arrivals if arrival.state is State.APPROVED]
    placed = give_places(session, article_id, spots, public) if public else []
    revision_ids = take_ids(session, CommentRevision, len(arrivals))
    paired = list(zip(arrivals, revision_ids, strict=True))
    connection = session.connection()
    connection.execute(insert(Comment), [_comment(article_id, a, spots[a.id]) for a in arrivals])
    connection.execute(insert(CommentRevision), [_revision(a, id_) for a, id_ in paired])
    connection.execute(insert(CommentEvent), [_event(a, id_, now) for a, id_ in paired])
    published = [{"comment": a.id, "revision": id_} for a, id_ in paired if a.state is State.APPROVED]
    if published:
        connection.execute(_PUBLISH, published)
        _place_ancestors(session, placed, new={arrival.id for arrival in arrivals})
        bump(session, page_key(article_id), FRONT_PAGE_KEY)


def _spots(session: Session, arrivals: Sequence[Arrival]) -> dict[int, Spot]:
    """The places of the batch, none given yet, and of the comments that it answers."""
    new = {arrival.id for arrival in arrivals}
    spots = find_spots(session, {a.parent_id for a in arrivals if a.parent_id is not None} - new)
    for arrival in arrivals:
        depth = 0 if arrival.parent_id is None else spots[arrival.parent_id].depth + 1
        spots[arrival.id] = Spot(arrival.id, arrival.parent_id, depth)
    return spots


def _place_ancestors(session: Session, placed: Sequence[Spot], *, new: set[int]) -> None:
    """Write down the places of comments that were here already and lacked one."""
    rows = [
        {"comment": spot.id, "n": spot.number, "root": spot.root_number, "place": spot.path}
        for spot in placed
        if spot.id not in new
    ]
    if rows:
        session.connection().execute(_PLACE, rows)


def _comment(article_id: int, arrival: Arrival, spot: Spot) -> dict[str, Any]:
    return {
        "id": arrival.id,
        "article_id": article_id,
        "parent_id": arrival.parent_id,
        "depth": spot.depth,
        "commenter_id": arrival.commenter_id,
        "badge": arrival.badge,
        "author_name": arrival.name,
        "website": arrival.website,
        "lang": arrival.lang,
        "notify_replies": False,
        "state": arrival.state,
        "version": 1,
        "is_held": False,
        "is_picked": False,
        "number": spot.number,
        "root_number": spot.root_number,
        "path": spot.path,
        "submitted_at": arrival.at,
        "published_at": arrival.at if arrival.state is State.APPROVED else None,
    }


def _revision(arrival: Arrival, revision_id: int) -> dict[str, Any]:
    standing = Standing().after(Step(Move.IMPORT, None, arrival.state, 1))
    return {
        "id": revision_id,
        "comment_id": arrival.id,
        "n": 1,
        "source": arrival.source,
        "html": arrival.html,
        "text_rules_version": TEXT_RULES_VERSION,
        "by": ActorKind.COMMENTER,
        "state": standing.state_of(1),
        "hold_reasons": [],
        "created_at": arrival.at,
    }


def _event(arrival: Arrival, revision_id: int, now: datetime) -> dict[str, Any]:
    return {
        "comment_id": arrival.id,
        "revision_id": revision_id,
        "kind": Move.IMPORT,
        "to_state": arrival.state,
        "by": ActorKind.RULE,
        "automated": True,
        "comment_version": 1,
        "at": now,
    }
