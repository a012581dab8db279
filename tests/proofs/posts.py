"""Comments to post in proofs, and what of them is in the database afterwards."""

from __future__ import annotations

import http.client
import time
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine, create_engine, text

from forum.base.engine import engine_options, is_sqlite
from tests.proofs.client import Answer, Client

RETRY_WITHIN_S = 60.0
_STORED = """
SELECT s.submission_id, c.id, r.source FROM submissions s
JOIN comments c ON c.id = s.comment_id JOIN comment_revisions r ON r.comment_id = c.id
"""


@dataclass(frozen=True)
class Post:
    """One comment as a reader sends it; every part differs from every other post's."""

    number: int
    slug: str
    submission_id: str = field(default_factory=lambda: str(uuid.uuid4()))

    @property
    def body(self) -> str:
        """The text, unmistakable in the database."""
        return f"Dit is bijdrage {self.number} ({self.submission_id}), en die mag niet verloren gaan."

    @property
    def fields(self) -> dict[str, str | int]:
        """The form."""
        return {
            "name": f"Lezer {self.number}",
            "email": f"lezer-{self.submission_id}@voorbeeld.example",
            "body": self.body,
            "submission_id": self.submission_id,
        }

    def send(self, client: Client, *, with_id: bool = True) -> Answer:
        """Post once."""
        fields = self.fields if with_id else {k: v for k, v in self.fields.items() if k != "submission_id"}
        return client.post_form(f"/articles/{self.slug}/comments", fields)

    def send_until_answered(
        self, client: Client, is_over: Callable[[], bool] = lambda: False
    ) -> Answer | None:
        """Post, and post the same again whenever no whole answer or a 503 came, as a patient browser would.

        :return: the answer; None when `is_over()` said to give up.
        :raises TimeoutError: nothing came within `RETRY_WITHIN_S`.
        """
        deadline_s = time.monotonic() + RETRY_WITHIN_S
        while time.monotonic() < deadline_s:
            try:
                answer = self.send(client)
                if answer.status != 503:
                    return answer
            except (OSError, http.client.HTTPException):
                if is_over():
                    return None
            time.sleep(0.02)
        raise TimeoutError(f"post {self.number} was not answered for {RETRY_WITHIN_S:g} s")


class Database:
    """Read-only look at what a site has stored."""

    def __init__(self, url: str) -> None:
        self._engine: Engine = create_engine(**engine_options(url))

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        with self._engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(sql))]

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    def faults(self) -> list[str]:
        """What the engine itself finds wrong with its file (SQLite only)."""
        if not is_sqlite(self._engine.url):
            return []
        found = [row[0] for row in self.rows("PRAGMA integrity_check") if row[0] != "ok"]
        return found + [f"broken reference: {row}" for row in self.rows("PRAGMA foreign_key_check")]

    def wrong_about(self, posts: list[Post]) -> list[str]:
        """What is missing, doubled or different of acknowledged posts; and comments that nobody posted."""
        stored = self.rows(_STORED)
        by_id = {row[0]: row[2] for row in stored}
        bodies = Counter(row[0] for row in self.rows("SELECT source FROM comment_revisions"))
        wrong = [
            f"post {post.number} is not there" for post in posts if by_id.get(post.submission_id) != post.body
        ]
        wrong += [
            f"post {post.number} is there {bodies[post.body]} times"
            for post in posts
            if bodies[post.body] > 1
        ]
        comments = self.rows("SELECT count(*) FROM comments")[0][0]
        if comments != len(posts) or len(stored) != len(posts):
            wrong.append(f"{comments} comments and {len(stored)} submissions for {len(posts)} posts")
        return wrong
