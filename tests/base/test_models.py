"""Column types that both databases share."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, StatementError
from sqlalchemy.orm import Session

from forum.articles.models import Article
from forum.base.session import writing
from tests.factories import NOW, make_article


def stored(session: Session, moment: datetime) -> datetime | None:
    with writing(session):
        article = make_article(session, comments_close_at=moment)
        session.flush()
        session.expire_all()
        return article.comments_close_at


@pytest.mark.parametrize(
    "moment",
    [
        NOW,
        datetime(2026, 7, 1, 12, 0, 0, 123_456, tzinfo=timezone(timedelta(hours=2))),
        datetime(1, 1, 2, tzinfo=UTC),
        datetime(9999, 12, 30, 23, 59, 59, 999_999, tzinfo=UTC),
    ],
)
def test_a_moment_comes_back_the_same_in_utc(session: Session, moment: datetime) -> None:
    found = stored(session, moment)

    assert found == moment
    assert found is not None
    assert found.tzinfo is UTC or found.utcoffset() == timedelta(0)


def test_a_time_that_does_not_say_its_zone_is_refused(session: Session) -> None:
    with pytest.raises(StatementError, match="naive datetime"):
        stored(session, datetime(2026, 11, 20, 9, 30))  # noqa: DTZ001 - the mistake to be refused


def test_no_moment_is_none(session: Session) -> None:
    with writing(session):
        article = make_article(session)
        session.flush()
        session.expire_all()

        assert article.comments_close_at is None


def test_moments_compare_in_the_database_as_they_do_outside(session: Session) -> None:
    with writing(session):
        early = make_article(session, published_at=NOW - timedelta(microseconds=1))
        late = make_article(session, published_at=NOW + timedelta(microseconds=1))
        session.flush()

        before = session.query(Article.id).filter(Article.published_at < NOW).all()

    assert [row.id for row in before] == [early.id]
    assert late.id


def test_the_database_itself_refuses_a_value_outside_an_enum(session: Session) -> None:
    with writing(session):
        make_article(session)

    with pytest.raises(IntegrityError), writing(session):
        session.execute(text("UPDATE articles SET kind = 'column'"))
