"""When something is wrong on our side or too often on theirs: the text is kept, and the page says how to go on."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from forum.base import engine as engine_module
from forum.base.session import db, writing
from forum.comments.models import Comment
from forum.web.log import JsonLines
from tests import factories
from tests.conftest import AppFactory
from tests.factories import Site, comment_fields, csrf_token
from tests.pages.pages import parse

TEXT = "Wat ik met zorg heb opgeschreven."
DETAIL = "detail-van-binnen-5f2e"


class Lines(logging.Handler):
    """Keeps what the project logs, as it is written."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(JsonLines())
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@pytest.fixture
def lines() -> Iterator[list[str]]:
    handler = Lines()
    logging.getLogger("forum").addHandler(handler)
    yield handler.lines
    logging.getLogger("forum").removeHandler(handler)


def _break(*_: object, **__: object) -> NoReturn:
    raise RuntimeError(DETAIL)


def _away(*_: object, **__: object) -> NoReturn:
    raise OperationalError(f"SELECT {DETAIL}", {}, Exception(DETAIL))


def _kept(page: str) -> list[str]:
    return [(area.text or "").strip() for area in parse(page).iter("textarea")]


@pytest.mark.parametrize(
    ("where", "path"),
    [
        ("forum.pages.views.read_front_page", "/"),
        ("forum.pages.views.current_versions", "/articles/{slug}"),
        ("forum.comments.views.get_article_to_answer", "/articles/{slug}/comments/new"),
        ("forum.moderation.views.queue.read_queue", "/moderation"),
        ("forum.desk.views.read_desk", "/desk"),
    ],
)
def test_a_fault_of_ours_is_a_page_with_a_reference_that_the_log_repeats(
    site: Site, monkeypatch: pytest.MonkeyPatch, lines: list[str], where: str, path: str
) -> None:
    moderator = site.moderator()
    reader = moderator if path in {"/moderation", "/desk"} else site.reader()
    monkeypatch.setattr(where, _break)

    answer = reader.get(path.format(slug=site.slug))

    assert answer.status_code == 500
    assert answer.headers["Cache-Control"] == "no-store"
    reference = re.search(r"<code>([0-9a-f]{8})</code>", answer.text)
    assert reference is not None
    assert [json.loads(line)["event"] for line in lines if reference[1] in line] == ["error"]
    assert DETAIL not in answer.text + "".join(lines)
    assert "RuntimeError" not in answer.text


def test_after_a_fault_the_page_is_there_again(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as broken:
        broken.setattr("forum.pages.views.read_front_page", _break)
        assert site.reader().get("/").status_code == 500

    assert site.reader().get("/").status_code == 200


def test_a_comment_that_meets_a_fault_comes_back(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("forum.comments.views.submission.submit", _break)

    answer = site.post(body=TEXT)

    assert answer.status_code == 500
    assert TEXT in _kept(answer.text)


@contextmanager
def _locked(site: Site) -> Iterator[None]:
    """Another process writes, and goes on writing."""
    with site.app.app_context(), db.engine.connect() as connection:
        connection = connection.execution_options(**{engine_module.WRITES: True})
        with connection.begin():
            yield


@pytest.fixture
def impatient_site(sqlite_url: str, make_app: AppFactory, monkeypatch: pytest.MonkeyPatch) -> Site:
    """A site that waits 10 ms for a locked database instead of five seconds."""
    pragmas = tuple(
        re.sub(r"busy_timeout = \d+", "busy_timeout = 10", p) for p in engine_module._SQLITE_PRAGMAS
    )
    assert pragmas != engine_module._SQLITE_PRAGMAS
    monkeypatch.setattr(engine_module, "_SQLITE_PRAGMAS", pragmas)
    return factories.make_site(make_app(sqlite_url))


def test_a_comment_that_meets_a_locked_database_comes_back_with_all_that_was_typed(
    impatient_site: Site,
) -> None:
    fields = comment_fields(body=TEXT, website="https://noor.example/")

    with _locked(impatient_site):
        answer = impatient_site.post(None, **fields)

    page = parse(answer.text)
    values = {field.get("name"): field.get("value") for field in page.iter("input")}
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert answer.headers["Cache-Control"] == "no-store"
    assert _kept(answer.text) == [TEXT]
    assert {name: values[name] for name in ("name", "email", "website", "submission_id")} == {
        name: fields[name] for name in ("name", "email", "website", "submission_id")
    }


def test_a_comment_sent_again_after_a_locked_database_is_one_comment(impatient_site: Site) -> None:
    with _locked(impatient_site):
        impatient_site.post(submission_id="een-en-hetzelfde")

    answers = [impatient_site.post(submission_id="een-en-hetzelfde") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]
    with impatient_site.app.app_context():
        assert len(db.session.scalars(select(Comment)).all()) == 1


def test_a_comment_that_meets_no_free_file_handle_comes_back_too(site: Site, tmp_path: Path) -> None:
    (tmp_path / "forum.sqlite3-writer").unlink()
    (tmp_path / "forum.sqlite3-writer").mkdir()  # any error of opening it, as when too many files are open

    answer = site.post(body=TEXT)

    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert _kept(answer.text) == [TEXT]


def test_staff_lose_no_text_to_a_locked_database(impatient_site: Site) -> None:
    comment_id = impatient_site.comment()
    moderator = impatient_site.moderator()
    token = csrf_token(moderator)

    with _locked(impatient_site):
        reply = moderator.post(
            f"/articles/{impatient_site.slug}/replies/new", data={"body": TEXT, "csrf_token": token}
        )
        decision = moderator.post(
            f"/moderation/comments/{comment_id}/decisions",
            data={"action": "approve", "version": "1", "note": TEXT, "csrf_token": token},
        )

    for answer in (reply, decision):
        assert answer.status_code == 503
        assert int(answer.headers["Retry-After"]) > 0
        assert TEXT in answer.text


def test_a_moderator_loses_no_words_to_the_writer_to_a_locked_database(impatient_site: Site) -> None:
    comment_id = impatient_site.comment()
    moderator = impatient_site.moderator()
    typed = {"message": "Kun je dit uitleggen?", "passages": "draait op mensen", "note": "Tweede keer."}
    form = {"action": "return", "version": "1", "csrf_token": csrf_token(moderator)}

    with _locked(impatient_site):
        answer = moderator.post(f"/moderation/comments/{comment_id}/decisions", data=form | typed)

    assert answer.status_code == 503
    for words in typed.values():
        assert words in _kept(answer.text)[0]


def test_reading_goes_on_while_another_process_writes(impatient_site: Site) -> None:
    with _locked(impatient_site):
        answers = [
            impatient_site.reader().get(path) for path in ("/", f"/articles/{impatient_site.slug}", "/readyz")
        ]

    assert [answer.status_code for answer in answers] == [200, 200, 200]


def test_with_the_database_away_a_comment_comes_back(
    both_sites: Site, monkeypatch: pytest.MonkeyPatch, lines: list[str]
) -> None:
    monkeypatch.setattr("sqlalchemy.engine.Engine.connect", _away)
    monkeypatch.setattr("sqlalchemy.orm.session.SessionTransaction._connection_for_bind", _away)

    answer = both_sites.post(body=TEXT)

    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert _kept(answer.text) == [TEXT]
    assert DETAIL not in answer.text + "".join(lines)
    assert TEXT not in "".join(lines)


def test_with_the_database_away_every_page_says_so_briefly(
    both_sites: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    moderator = both_sites.moderator()
    monkeypatch.setattr("sqlalchemy.engine.Engine.connect", _away)
    monkeypatch.setattr("sqlalchemy.orm.session.SessionTransaction._connection_for_bind", _away)

    paths = ["/", f"/articles/{both_sites.slug}", f"/articles/{both_sites.slug}/comments/new", "/comments/1"]
    answers = [both_sites.reader().get(path) for path in paths]
    answers += [moderator.get(path) for path in ("/desk", "/moderation", "/")]
    alive, ready = both_sites.reader().get("/healthz"), both_sites.reader().get("/readyz")

    for answer in answers:
        assert answer.status_code == 503
        assert int(answer.headers["Retry-After"]) > 0
        assert answer.headers["Cache-Control"] == "no-store"
        assert DETAIL not in answer.text
    assert (alive.status_code, ready.status_code) == (200, 503)
    assert DETAIL not in ready.text


@pytest.mark.parametrize(
    ("setting", "value", "same_address"),
    [
        ("FORUM_COMMENT_LIMITS", "2 per 10 minutes", True),
        ("FORUM_NETWORK_LIMITS", "2 per 10 minutes", False),
        ("FORUM_FLOOD_LIMIT", "2 per minute", False),
    ],
)
def test_who_posts_too_often_keeps_the_text_and_is_told_how_long_to_wait(
    sqlite_url: str, make_app: AppFactory, setting: str, value: str, same_address: bool
) -> None:
    site = factories.make_site(make_app(sqlite_url, **{setting: value}))

    def post(n: int) -> Any:
        email = "noor@lezers.example" if same_address else f"lezer{n}@lezers.example"
        return site.post(email=email, body=f"{TEXT} {n}")

    answers = [post(n) for n in range(3)]

    assert [answer.status_code for answer in answers] == [303, 303, 429]
    wait_s = int(answers[2].headers["Retry-After"])
    assert 0 < wait_s <= 600
    assert _kept(answers[2].text) == [f"{TEXT} 2"]
    assert re.search(r"\d+ (minuten|minuut|seconden|seconde)", answers[2].text)
    assert answers[2].headers["Cache-Control"] == "no-store"


def test_a_refused_comment_does_not_use_up_the_limit(sqlite_url: str, make_app: AppFactory) -> None:
    site = factories.make_site(make_app(sqlite_url, FORUM_COMMENT_LIMITS="1 per 10 minutes"))

    refused = [site.post(body=""), site.post(parent_id="987654321")]
    taken = site.post()

    assert [answer.status_code for answer in refused] == [422, 409]
    assert taken.status_code == 303


def test_a_repeated_post_does_not_use_up_the_limit(sqlite_url: str, make_app: AppFactory) -> None:
    site = factories.make_site(make_app(sqlite_url, FORUM_COMMENT_LIMITS="1 per 10 minutes"))

    answers = [site.post(submission_id="een-en-hetzelfde") for _ in range(3)]

    assert {answer.headers.get("Location") for answer in answers} == {answers[0].headers["Location"]}


def test_a_fault_in_a_write_leaves_nothing_behind(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as broken:
        broken.setattr("forum.comments.views.Receipt", _break)
        assert site.post(body=TEXT).status_code == 500

    with site.app.app_context(), writing(db.session):
        assert db.session.scalars(select(Comment)).all() == []
    assert site.post(body=TEXT).status_code == 303
