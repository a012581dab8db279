"""Hostile comments on a running site: posted, approved, and all pages that show them read by html5lib and Chromium."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeVar

from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from forum.accounts.models import Account
from forum.base.engine import engine_options, prepare_engine
from forum.base.session import writing
from forum.comments import lifecycle
from forum.comments.models import Comment, Move, State
from tests.factories import make_article
from tests.proofs.client import Answer, Client
from tests.proofs.posts import Database
from tests.proofs.site import Site
from tests.proofs.text_browser import Window
from tests.proofs.text_pages import Reading, Shown, differences, read_page, wrong_comments, wrong_with_text
from tests.proofs.text_posts import HARMLESS, THREADS, HostilePost, harmless_posts, harmless_refused

READERS = 6  # connections at once
HARMLESS_COMMENTS = 130  # enough pages for every form that the links between pages take
PER_PAGE = 25
APPROVED_AT_ONCE = 200
EVERY_SUBMISSION_IN_BROWSER, EVERY_COMMENT_PAGE = 10, 10
MODERATOR = ("mirjam.aarts@redactie.example", "Mirjam Aarts", "drie zeer lange woorden")
_STORED = """
SELECT s.submission_id, c.id, r.id, a.slug, a.id FROM submissions s JOIN comments c ON c.id = s.comment_id
JOIN comment_revisions r ON r.comment_id = c.id JOIN articles a ON a.id = c.article_id ORDER BY r.id
"""
_Asked = TypeVar("_Asked")


@dataclass
class Findings:
    """What was looked at and what was wrong with it, by html5lib and by the browser."""

    pages: Counter[str] = field(default_factory=Counter)
    in_browser: Counter[str] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)
    comments: int = 0
    wrong: list[str] = field(default_factory=list)
    ran: list[str] = field(default_factory=list)


@dataclass
class _Thread:
    """What was stored below one article.

    :ivar shown: by comment id: how it has to look.
    :ivar submissions: the receipt of each comment, by its address.
    :ivar keys: the ids of the revisions, which the queue is paged by.
    """

    article_id: int = 0
    shown: dict[int, Shown] = field(default_factory=dict)
    submissions: dict[str, Shown] = field(default_factory=dict)
    keys: list[int] = field(default_factory=list)


class Inspection:
    """One site, looked at by readers, by a moderator, and by a browser of each."""

    def __init__(self, site: Site, parsers: Executor, reader: Window, moderator: Window) -> None:
        self.findings = Findings()
        self._site, self._parsers = site, parsers
        self._windows = {False: reader, True: moderator}
        self._threads: dict[str, _Thread] = {}
        self._calm: dict[str, list[Reading]] = {}
        add_articles(site.database_url)
        site.add_moderator(*MODERATOR)
        self._clients = {staff: [Client(site.base_url) for _ in range(READERS)] for staff in (False, True)}
        for client in self._clients[True]:
            client.sign_in(MODERATOR[0], MODERATOR[2])
        moderator.sign_in(MODERATOR[0], MODERATOR[2])

    def run(self, posts: list[HostilePost]) -> Findings:
        """Post everything, look at it while it waits, approve it, and look at it again."""
        self._post([*harmless_posts(HARMLESS_COMMENTS), *posts])
        for slug in THREADS:
            self._look(
                f"queue, waiting: {slug}", self._queue(slug, "pending"), self._queue(HARMLESS, "pending")
            )
        approve_everything(self._site.database_url)
        for slug in THREADS:
            self._look_at_approved(slug)
        return self.findings

    def close(self) -> None:
        """Let go of every connection."""
        for client in (*self._clients[False], *self._clients[True]):
            client.close()

    def _post(self, posts: list[HostilePost]) -> None:
        answers = self._each(posts, lambda client, post: post.send(client))
        refused = self._read(
            answer.text for _, answer in self._each(harmless_refused(), lambda c, p: p.send(c))
        )
        for post, answer in answers:
            self.findings.answers[f"{post.slug}: {answer.status}"] += 1
            if post.is_fit != (answer.status == 303) or answer.status not in (303, 422):
                self.findings.wrong.append(f"answered with {answer.status}: {post}")
        self._note_stored({post.submission_id: (post, answer.location) for post, answer in answers})
        sent_back = [(post, answer) for post, answer in answers if answer.status == 422]
        readings = self._read(answer.text for _, answer in sent_back)
        for (post, _), reading in zip(sent_back, readings, strict=True):
            self.findings.wrong += wrong_with_refusal(post, reading, refused, self._site.base_url)
        self.findings.pages["forms sent back"] += len(sent_back)

    def _note_stored(self, sent: dict[str, tuple[HostilePost, str]]) -> None:
        """Remember what has to be shown, where. Each of these texts is sound when printed on its own."""
        database = Database(self._site.database_url)
        for submission_id, comment_id, revision_id, slug, article_id in database.rows(_STORED):
            post, location = sent[submission_id]
            thread = self._threads.setdefault(slug, _Thread(article_id))
            thread.shown[comment_id] = thread.submissions[location] = post.shown
            thread.keys.append(revision_id)
            self.findings.wrong += [f"{what} from {post.body!r}" for what in wrong_with_text(post.body)]
        database.close()
        self.findings.comments = sum(len(self._threads[slug].shown) for slug in THREADS)

    def _look_at_approved(self, slug: str) -> None:
        thread, calm = self._threads[slug], self._threads[HARMLESS]
        self._look(f"thread: {slug}", _pages(slug, len(thread.shown)), _pages(HARMLESS, len(calm.shown)))
        whole = [f"/articles/{one}?all=1" for one in (slug, HARMLESS)]
        self._look(f"whole thread: {slug}", whole[:1], whole[1:])
        self._look(
            f"queue, approved: {slug}", self._queue(slug, "approved"), self._queue(HARMLESS, "approved")
        )
        pages = [
            f"/moderation/comments/{comment_id}" for comment_id in list(thread.shown)[::EVERY_COMMENT_PAGE]
        ]
        self._look(
            f"moderator's page: {slug}",
            pages,
            [f"/moderation/comments/{one}" for one in list(calm.shown)[:21]],
        )
        self._look(f"writer's page: {slug}", list(thread.submissions), list(calm.submissions)[:10])

    def _queue(self, slug: str, state: str) -> list[str]:
        """The addresses of every page of the queue of one article."""
        thread = self._threads[slug]
        keys = thread.keys if state == "pending" else thread.keys[::-1]
        address = f"/moderation?state={state}&article={thread.article_id}"
        last_keys = keys[PER_PAGE - 1 : -1 : PER_PAGE]
        return [address, *(f"{address}&page={key}" for key in last_keys)]

    def _look(self, what: str, paths: list[str], harmless: list[str]) -> None:
        """Read pages of one kind, all of them, beside harmless ones; and open them in the browser."""
        kind, _, slug = what.partition(": ")
        thread, is_staff = self._threads[slug], harmless[0].startswith("/moderation")
        if kind not in self._calm:
            self._calm[kind] = self._read(answer.text for _, answer in self._get(harmless, is_staff))
            self.findings.ran += self._windows[is_staff].learn(harmless[:2])
        answers = self._get(paths, is_staff)
        wrong = [f"{answer.status} for {path}" for path, answer in answers if answer.status != 200]
        seen: Counter[int] = Counter()
        for (path, _), reading in zip(answers, self._read(answer.text for _, answer in answers), strict=True):
            wanted = {0: thread.submissions[path]} if kind == "writer's page" else thread.shown
            problems = differences(reading, self._calm[kind], self._site.base_url) + wrong_comments(
                reading, wanted
            )
            wrong += [f"{path}: {problem}" for problem in problems]
            seen.update(reading.comments.keys())
        wrong += _wrong_count(kind, seen, len(paths), set(thread.shown))
        self.findings.wrong += [f"{what}, {problem}" for problem in wrong]
        self.findings.pages[kind] += len(paths)
        self._browse(kind, paths, self._windows[is_staff])

    def _browse(self, kind: str, paths: list[str], window: Window) -> None:
        chosen = paths[:: EVERY_SUBMISSION_IN_BROWSER if kind == "writer's page" else 1]
        for path in chosen:
            self.findings.ran += window.visit(path)
        self.findings.in_browser[kind] += len(chosen)

    def _get(self, paths: list[str], is_staff: bool) -> list[tuple[str, Answer]]:
        return self._each(paths, lambda client, path: client.get(path), is_staff=is_staff)

    def _each(
        self, items: list[_Asked], ask: Callable[[Client, _Asked], Answer], *, is_staff: bool = False
    ) -> list[tuple[_Asked, Answer]]:
        """Ask something about every item, over several connections at once."""

        def take(share: int) -> list[tuple[_Asked, Answer]]:
            client = self._clients[is_staff][share]
            return [(item, ask(client, item)) for item in items[share::READERS]]

        with ThreadPoolExecutor(READERS) as threads:
            return [answered for share in threads.map(take, range(READERS)) for answered in share]

    def _read(self, pages: Iterable[str]) -> list[Reading]:
        return list(self._parsers.map(read_page, pages, chunksize=8))


def add_articles(database_url: str) -> None:
    """Publish an open article for every thread."""
    engine = prepare_engine(create_engine(**engine_options(database_url)))
    with Session(engine) as session, writing(session):
        for slug in (HARMLESS, *THREADS):
            make_article(session, now=datetime.now(UTC), slug=slug, title=slug)
    engine.dispose()


def approve_everything(database_url: str) -> None:
    """Approve all that waits, as the moderator."""
    engine = prepare_engine(create_engine(**engine_options(database_url)))
    waiting = (
        select(Comment).where(Comment.state == State.PENDING).order_by(Comment.id).limit(APPROVED_AT_ONCE)
    )
    with Session(engine) as session:
        by = lifecycle.staff(session.scalars(select(Account.id)).one())
        while session.scalars(waiting).first() is not None:
            with writing(session):
                for comment in session.scalars(waiting).all():
                    now = datetime.now(UTC)
                    lifecycle.move(session, comment, Move.APPROVE, by=by, version=comment.version, now=now)
    engine.dispose()


def wrong_with_refusal(
    post: HostilePost, reading: Reading, harmless: list[Reading], base_url: str
) -> list[str]:
    """What is wrong with a form that was sent back: it has to hold what was typed, and nothing else."""
    # A control character comes back as typed, in a field, where it is a parse error and nothing more.
    reading.faults = [fault for fault in reading.faults if "invalid-codepoint" not in fault]
    kept = [(name, getattr(post, name), reading.fields.get(name)) for name in ("name", "body")]
    return [
        *(f"sent back: {what} for {post}" for what in differences(reading, harmless, base_url)),
        *(
            f"{name} {typed!r} was sent back as {back!r}"
            for name, typed, back in kept
            if back != typed.replace("\r\n", "\n").replace("\r", "\n")
        ),
    ]


def _pages(slug: str, comments: int) -> list[str]:
    """The addresses of every page of a thread without replies."""
    return [f"/articles/{slug}?page={n}" for n in range(1, -(-comments // PER_PAGE) + 1)]


def _wrong_count(kind: str, seen: Counter[int], pages: int, posted: set[int]) -> list[str]:
    """Comments that a kind of page did not show, or more than once."""
    if kind == "writer's page":
        return [] if seen[0] == pages else [f"{seen[0]} comments on {pages} pages"]
    if kind == "moderator's page":
        return [] if seen.total() == pages else [f"{seen.total()} comments on {pages} pages"]
    missing, twice = posted - seen.keys(), [comment_id for comment_id, times in seen.items() if times > 1]
    return [f"not shown: {sorted(missing)[:5]}"] * bool(missing) + [f"shown twice: {twice[:5]}"] * bool(twice)
