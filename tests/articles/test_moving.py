"""An article gets another slug by its file."""

from __future__ import annotations

from sqlalchemy.orm import Session

from forum.articles.loaders import find_moved_article
from forum.articles.models import ArticleKind
from forum.articles.service import ArticleDraft, save_article
from tests.factories import NOW


def test_a_file_that_names_the_former_slug_moves_the_article(session: Session) -> None:
    draft = {"title": "Een nieuw begin", "source": "Tekst.", "kind": ArticleKind.NEWS, "lang": "nl"}
    first, _ = save_article(session, ArticleDraft(slug="een-begin", **draft), now=NOW)  # type: ignore[arg-type]

    moved, changed = save_article(
        session,
        ArticleDraft(slug="een-nieuw-begin", former_slug="een-begin", **draft),  # type: ignore[arg-type]
        now=NOW,
    )

    assert (moved.id, moved.slug) == (first.id, "een-nieuw-begin")
    assert find_moved_article(session, "een-begin", now=NOW) is first
    assert changed is True
