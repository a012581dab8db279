"""Discussions of a running site that grow while somebody reads them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from flask import Flask
from playwright.sync_api import Page

from forum import create_app
from forum.accounts.models import RoleName
from forum.articles.models import Article
from forum.base.session import db, writing
from forum.config import load_settings
from tests.factories import MODERATOR, approve, make_account, make_article, make_comment
from tests.proofs.site import Site


@dataclass(frozen=True)
class Discussion:
    """The thread of one article of a running site, written to from beside it."""

    app: Flask
    article_id: int
    path: str
    moderator_id: int

    def say(self, *parents: int | None) -> list[int]:
        """Publish a comment below each of `parents` (None: below none); their ids."""
        with self.app.app_context(), writing(db.session):
            article = db.session.get_one(Article, self.article_id)
            return [self._publish(article, parent) for parent in parents]

    def chain(self, length: int) -> list[int]:
        """Publish so many comments, each an answer to the one before it; their ids."""
        ids: list[int] = []
        while len(ids) < length:
            ids += self.say(ids[-1] if ids else None)
        return ids

    def _publish(self, article: Article, parent_id: int | None) -> int:
        n = article.last_number + 1
        comment = make_comment(
            db.session, article, name=f"Lezer {n}", source=f"Reactie nummer {n}. " * 12, parent_id=parent_id
        )
        approve(db.session, comment, by=self.moderator_id)
        return comment.id


@contextmanager
def writing_beside(site: Site) -> Iterator[Callable[[], Discussion]]:
    """Makes a new article with an empty thread in a running site, each time it is called."""
    app = create_app(load_settings(site.environ))
    with app.app_context(), writing(db.session):
        moderator_id = make_account(db.session, MODERATOR, [RoleName.MODERATOR]).id

    def begin() -> Discussion:
        with app.app_context(), writing(db.session):
            article = make_article(db.session)
            return Discussion(app, article.id, f"/articles/{article.slug}", moderator_id)

    yield begin
    with app.app_context():
        db.engine.dispose()


def focused(page: Page) -> str:
    """The id of the element that has the focus."""
    return str(page.evaluate("document.activeElement.id"))


def box_in_window(page: Page, comment_id: int) -> tuple[float, float]:
    """Where a comment begins, and how much of the window is below that, in CSS pixels."""
    top = page.evaluate(f"document.getElementById('comment-{comment_id}').getBoundingClientRect().top")
    return float(top), float(page.evaluate("innerHeight")) - float(top)


def shown(page: Page) -> Sequence[str]:
    """The ids of the comments on the page, in reading order."""
    ids: list[str] = page.locator(".thread .comment").evaluate_all("each => each.map(one => one.id)")
    return ids
