"""Threads of any length, written straight into the tables: benchmarks measure reading, not how they were made."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, create_engine, func, insert, select, update

from forum import text
from forum.articles.models import Article
from forum.base.engine import WRITES, engine_options, prepare_engine
from forum.comments.models import ActorKind, Comment, CommentRevision, RevisionState, State
from forum.comments.places import path_below

START = datetime(2026, 11, 1, tzinfo=UTC)
REPLY_SHARE = 0.49
"""Of comments that are replies, measured on a blog."""
MAX_LEVELS = 29
"""Deepest thread that was measured."""
_SENTENCE = "Wie hier woont, weet dat het buurthuis meer is dan een gebouw met een *sleutel* en een rooster. "


def seed_thread(database_url: str, article_id: int, count: int, *, seed: int = 1) -> None:
    """Write `count` approved comments below an article that has none: half of them replies, texts of 195 characters
    in the median."""
    engine = prepare_engine(create_engine(**engine_options(database_url)))
    with engine.connect().execution_options(**{WRITES: True}) as connection, connection.begin():
        comments, revisions = _rows(article_id, count, random.Random(seed))  # noqa: S311 - shapes, not secrets
        first = _next_id(connection)
        for row in (*comments, *revisions):
            for key in ("id", "comment_id", "parent_id"):
                if row.get(key) is not None:
                    row[key] += first
        connection.execute(insert(Comment), comments)
        connection.execute(insert(CommentRevision), revisions)
        connection.execute(
            update(Comment).where(Comment.article_id == article_id).values(published_revision_id=Comment.id)
        )
        roots = max(row["root_number"] for row in comments)
        connection.execute(
            update(Article).where(Article.id == article_id).values(last_number=count, last_root_number=roots)
        )
    engine.dispose()


def _next_id(connection: Connection) -> int:
    return connection.scalar(select(func.coalesce(func.max(Comment.id), 0))) or 0


def _rows(
    article_id: int, count: int, dice: random.Random
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    comments: list[dict[str, Any]] = []
    revisions: list[dict[str, Any]] = []
    roots = 0
    for number in range(1, count + 1):
        parent = dice.choice(comments[-200:]) if comments and dice.random() < REPLY_SHARE else None
        if parent is not None and parent["depth"] >= MAX_LEVELS:
            parent = None
        roots += parent is None
        at = START + timedelta(minutes=number)
        source = _SENTENCE * max(1, round(dice.lognormvariate(0.7, 0.85)))
        comments.append(
            {
                "id": number, "article_id": article_id, "parent_id": parent["id"] if parent else None,
                "depth": parent["depth"] + 1 if parent else 0, "author_name": f"Lezer {number}", "lang": "nl",
                "notify_replies": False, "state": State.APPROVED, "version": 2, "is_held": False, "is_picked": False,
                "number": number, "root_number": parent["root_number"] if parent else roots,
                "path": path_below(parent["path"] if parent else None, number), "submitted_at": at, "published_at": at,
            }
        )  # fmt: skip
        revisions.append(
            {
                "id": number, "comment_id": number, "n": 1, "source": source, "html": text.render_comment(source),
                "text_rules_version": text.TEXT_RULES_VERSION, "by": ActorKind.COMMENTER,
                "state": RevisionState.PUBLISHED, "hold_reasons": [], "created_at": at,
            }
        )  # fmt: skip
    return comments, revisions
