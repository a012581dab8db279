"""The demo's articles and threads: complete, consistent, and pointing at nobody real."""

import json
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from forum.articles.front_matter import parse_article
from forum.articles.models import ArticleKind, CommentPolicy
from forum.articles.service import ArticleDraft
from forum.exchange.demo import generator

DEMO = Path(generator.__file__).parent
ARTICLE_FILES = sorted((DEMO / "articles").glob("*.md"))
THREAD_FILES = sorted((DEMO / "threads").glob("*.json"))
FIELDS = ["title", "slug", "lede", "kind", "lang", "published_at", "people"]
FIELDS += ["source_name", "source_url", "source_reporter", "comment_policy", "comments_close_at"]
COMMENT_KEYS = {"key", "parent", "name", "email", "website", "minutes", "body", "state", "reason", "by"}
OPINION = "buurthuis-draait-niet-op-goede-wil"
LONG_THREAD = "waar-ligt-de-grens-van-de-buurvrouw"
BIG_DEBATE = "elke-wijk-een-energiecooperatie"
CLOSED = "een-jaar-zonder-boete"


def article(path: Path) -> ArticleDraft:
    return parse_article(path.read_text(encoding="utf-8"), zone=ZoneInfo("Europe/Amsterdam"))


def articles() -> dict[str, ArticleDraft]:
    return {draft.slug: draft for draft in map(article, ARTICLE_FILES)}


def thread(slug: str) -> list[dict[str, Any]]:
    comments: list[dict[str, Any]] = json.loads(
        (DEMO / "threads" / f"{slug}.json").read_text(encoding="utf-8")
    )
    return comments


def levels(comments: list[dict[str, Any]]) -> dict[str, int]:
    found: dict[str, int] = {}
    for comment in comments:
        found[comment["key"]] = 1 + (found[comment["parent"]] if comment["parent"] else 0)
    return found


@pytest.mark.parametrize("path", ARTICLE_FILES, ids=lambda path: path.stem)
def test_an_article_states_every_field(path: Path) -> None:
    head = path.read_text(encoding="utf-8").split("\n---\n")[0]

    fields = re.findall(r"^(\w+):", head, flags=re.MULTILINE)

    assert fields == FIELDS


@pytest.mark.parametrize("path", ARTICLE_FILES, ids=lambda path: path.stem)
def test_an_article_is_in_dutch_and_has_a_lede_people_and_a_date_of_that_autumn(path: Path) -> None:
    draft = article(path)

    assert draft.slug == path.stem
    assert draft.lang == "nl"
    assert draft.lede
    assert all(name and byline for name, byline in draft.people)
    assert draft.people
    assert draft.published_at is not None
    assert (draft.published_at.year, draft.published_at.month in (10, 11)) == (2026, True)


def test_the_articles_have_slugs_of_their_own_and_every_kind() -> None:
    kinds = {draft.kind for draft in articles().values()}

    assert len(articles()) == len(ARTICLE_FILES) >= 8
    assert kinds == set(ArticleKind)


def test_the_newest_article_is_the_open_opinion_piece() -> None:
    newest = max(
        articles().values(), key=lambda draft: draft.published_at or datetime.min.replace(tzinfo=UTC)
    )

    assert newest.slug == OPINION
    assert newest.kind is ArticleKind.OPINION
    assert newest.comment_policy is CommentPolicy.PREMODERATED
    assert newest.comments_close_at is None
    assert 700 <= len(newest.source.split()) <= 1000


def test_the_closed_discussion_took_its_last_comment_before_it_closed() -> None:
    closed = articles()[CLOSED]

    last_minutes = max(comment["minutes"] for comment in thread(CLOSED))

    assert closed.comment_policy is CommentPolicy.CLOSED
    assert closed.published_at is not None
    assert closed.comments_close_at is not None
    assert closed.published_at + timedelta(minutes=last_minutes) < closed.comments_close_at


@pytest.mark.parametrize("path", THREAD_FILES, ids=lambda path: path.stem)
def test_a_thread_belongs_to_an_article_and_its_answers_come_after_their_parents(path: Path) -> None:
    comments = thread(path.stem)
    minutes: dict[str, int] = {}

    assert path.stem in articles()
    for comment in comments:
        assert comment.keys() == COMMENT_KEYS
        assert comment["key"] not in minutes
        assert comment["minutes"] >= max(minutes.values(), default=0)
        if comment["parent"] is not None:
            assert comment["minutes"] > minutes[comment["parent"]]
        minutes[comment["key"]] = comment["minutes"]


@pytest.mark.parametrize("path", THREAD_FILES, ids=lambda path: path.stem)
def test_a_public_comment_answers_a_public_one(path: Path) -> None:
    states = {comment["key"]: comment["state"] for comment in thread(path.stem)}

    parents = [c["parent"] for c in thread(path.stem) if c["state"] == "approved" and c["parent"]]

    assert {states[parent] for parent in parents} <= {"approved"}


@pytest.mark.parametrize("path", THREAD_FILES, ids=lambda path: path.stem)
def test_whoever_answers_as_the_author_is_a_person_of_the_article(path: Path) -> None:
    people = {name for name, _ in articles()[path.stem].people}

    answers = [comment for comment in thread(path.stem) if comment["by"]]

    assert answers
    for answer in answers:
        assert answer["by"] == answer["name"]
        assert answer["by"] in people
        assert answer["state"] == "approved"


def test_the_opinion_piece_has_six_public_comments_with_two_by_the_author_and_three_that_wait() -> None:
    comments = thread(OPINION)

    approved = [comment for comment in comments if comment["state"] == "approved"]

    assert [comment["key"] for comment in approved] == ["1", "2", "3", "4", "5", "6"]
    assert [comment["key"] for comment in approved if comment["by"] and comment["parent"]] == ["3", "6"]
    assert Counter(comment["state"] for comment in comments) == {"approved": 6, "pending": 3}


def test_the_long_thread_is_a_discussion_with_five_answers_by_the_author() -> None:
    comments = thread(LONG_THREAD)

    states = Counter(comment["state"] for comment in comments)

    assert 115 <= len(comments) <= 125
    assert sum(comment["by"] is not None for comment in comments) == 5
    assert max(levels(comments).values()) == 10
    assert states["pending"] >= 3
    assert states["rejected"] == sum(comment["reason"] is not None for comment in comments) >= 1


def test_no_comment_is_said_twice_and_none_is_too_short_or_too_long() -> None:
    bodies = [comment["body"] for path in THREAD_FILES for comment in thread(path.stem)]

    bodies += [comment.body for comment in generator.generate_thread(2000, 7)]

    assert len(set(bodies)) == len(bodies)
    assert all(2 <= len(body) <= 10_000 for body in bodies)


def test_every_address_is_in_the_reserved_domain() -> None:
    files = [*ARTICLE_FILES, *THREAD_FILES, DEMO / "phrases.json"]
    everything = "\n".join(path.read_text(encoding="utf-8") for path in files)
    generated = generator.generate_thread(2000, 7)
    everything += "\n".join(
        f"{comment.email} {comment.website or ''} {comment.body}" for comment in generated
    )

    hosts = re.findall(r"(?:https?://|@|www\.)([\w.-]+)", everything, flags=re.IGNORECASE)

    assert len(hosts) > 2000
    assert {host for host in hosts if not host.endswith(".example")} == set()


def test_one_person_keeps_one_address_and_two_people_never_share_one() -> None:
    names: dict[str, set[str]] = {}

    for comment in thread(LONG_THREAD):
        names.setdefault(comment["email"], set()).add(comment["name"])

    assert all(len(shown) == 1 for shown in names.values())
    assert len(names) == len({comment["name"] for comment in thread(LONG_THREAD)})


def test_texts_have_typographic_quotes() -> None:
    texts = [path.read_text(encoding="utf-8") for path in ARTICLE_FILES]
    texts += [comment["body"] for path in THREAD_FILES for comment in thread(path.stem)]
    texts += [comment.body for comment in generator.generate_thread(300, 7)]

    assert [text for text in texts if '"' in text or "'" in text] == []
