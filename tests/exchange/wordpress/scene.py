"""An application to import a WordPress site into, and what its reports say."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from forum.accounts.models import RoleName
from forum.articles.models import Article
from forum.base.models import Model
from forum.base.session import writing
from forum.comments import lifecycle
from forum.comments.models import Comment, Move
from forum.exchange.report import Outcome, Report
from forum.exchange.wordpress.importer import import_wordpress
from tests.factories import MODERATOR, NOW, make_account

CONFLICT, CREATED, UNCHANGED, UPDATED = Outcome.CONFLICT, Outcome.CREATED, Outcome.UNCHANGED, Outcome.UPDATED


@dataclass
class Stage:
    """An application to import into, with its session open."""

    app: Flask
    session: Session

    def run(self, file: io.BytesIO, *, now: datetime = NOW, is_rehearsal: bool = False) -> Report:
        settings = self.app.extensions["forum_settings"]
        report = import_wordpress(self.session, file, settings, now=now, is_rehearsal=is_rehearsal)
        assert report.adds_up
        self.session.rollback()
        return report

    def article(self, slug: str = "artikel-1") -> Article:
        return self.session.scalars(select(Article).where(Article.slug == slug)).one()

    def comments(self) -> list[Comment]:
        return list(self.session.scalars(select(Comment).order_by(Comment.id)))

    def rows(self) -> dict[str, int]:
        """How many rows each table has."""
        tables = Model.metadata.sorted_tables
        return {
            t.name: self.session.execute(select(func.count()).select_from(t)).scalar_one() for t in tables
        }

    def move(self, comment: Comment, kind: Move, **values: Any) -> None:
        """The moderator decides."""
        with writing(self.session):
            account = make_account(self.session, MODERATOR, [RoleName.MODERATOR])
            row = self.session.get_one(Comment, comment.id)
            lifecycle.move(
                self.session,
                row,
                kind,
                by=lifecycle.staff(account.id),
                version=row.version,
                now=NOW,
                **values,
            )


def outcomes(report: Report, kind: str) -> dict[Outcome, int]:
    """How many rows of a kind had which outcome."""
    return dict(report.tally(kind).outcomes)
