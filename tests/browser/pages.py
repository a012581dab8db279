"""Every page of the site in every state, and how a browser gets there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Literal, cast, get_args

from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, Response, Route

from forum import create_app
from forum.accounts.models import Account
from forum.articles.front_matter import parse_article
from forum.articles.models import Article
from forum.articles.service import save_article
from forum.base.clock import utc_now
from forum.base.errors import Unavailable
from forum.base.session import db, writing
from forum.base.signing import Signer
from forum.comments.submission import submit_staff_reply
from forum.config import load_settings
from forum.operations.heartbeat import beat
from forum.operations.keeping_jobs import RETENTION
from forum.operations.migrate import upgrade
from forum.text import render_article
from forum.web.limit_refusals import LimitReached
from tests import factories
from tests.browser import mail_pages
from tests.browser.mail_pages import MailPages
from tests.factories import AUTHOR, NOW
from tests.proofs.site import NO_LIMITS, ROOT, Site, running_site
from tests.web import language_tour

Who = Literal["reader", "sender", "writer", "author", "moderator", "admin"]
Step = Callable[[Page], object]
Visitors = dict[Who, BrowserContext]
DEMO = ROOT / "forum" / "exchange" / "demo" / "articles"
LONG_WORD = "Arbeidsongeschiktheidsverzekeringsmaatschappijendirecteurenoverleg" * 3
ARABIC = "قال الجار إن المركز ليس شركة، وهذا صحيح."
FAULTS: dict[str, Exception] = {
    "/pictures/too-many": LimitReached(40, "flood"),
    "/pictures/fault": RuntimeError("for a picture"),
    "/pictures/maintenance": Unavailable(),
}
"""Errors that a healthy site cannot be asked for: their pages are made here and answered in its place."""
SESSION_COOKIE = "weerwoord"
EMPTY_FRONT = "/pictures/empty"


@dataclass(frozen=True)
class PageState:
    """A page in one state.

    :ivar steps: what is done there before the page is as named.
    :ivar status: what the site answers last.
    """

    name: str
    path: str
    by: Who = "reader"
    steps: tuple[Step, ...] = ()
    status: int = 200


@dataclass(frozen=True)
class Scene:
    """A running site with a page in every state.

    :ivar article: path of the article whose thread has everything.
    :ivar comments: ids of its comments by name, see `language_tour.fill`.
    :ivar receipts: paths of writers' pages by the name of the comment.
    :ivar sessions: name and value of the cookie of who is signed in.
    :ivar mail: pages that mails lead to, the writer's and the admin's.
    :ivar made: answers that the site itself is not asked for, by path: status and HTML.
    """

    site: Site
    article: str
    comments: dict[str, int]
    receipts: dict[str, str]
    sessions: dict[Who, tuple[str, str]]
    mail: MailPages
    made: dict[str, tuple[int, str]] = field(default_factory=dict)


def press(selector: str) -> Step:
    """Press the first of what `selector` finds, and wait for the page that comes."""

    def step(page: Page) -> None:
        page.locator(selector).first.click()
        page.wait_for_load_state()

    return step


def fill(**fields: str) -> Step:
    """Type into fields, by their id."""

    def step(page: Page) -> None:
        for name, value in fields.items():
            page.fill(f"#{name}", value)

    return step


def smuggle(selector: str, value: str) -> Step:
    """Give a hidden field another value, as if the page had been open for long."""
    return lambda page: page.evaluate(
        "([selector, value]) => document.querySelector(selector).value = value", [selector, value]
    )


WRITTEN = fill(name="Noor de Wit", email="noor.de.wit@lezers.example", body="Daar denk ik anders over.")
SEND = press("#comment-form button.primary")


def page_states(scene: Scene) -> tuple[PageState, ...]:
    """All of them."""
    return (*_reading(scene), *_writing(scene), *_staff(scene), *_mailed(scene), *_refusals(scene))


def sample(scene: Scene) -> tuple[PageState, ...]:
    """Those that between them show nearly every component: for each run of the tests."""
    wanted = {
        "front", "article", "reply form with errors", "receipt", "receipt, unconfirmed",
        "door, refused", "sign-in refused", "queue", "author's desk",
        "not found",
    }  # fmt: skip
    return tuple(state for state in page_states(scene) if state.name in wanted)


def _reading(scene: Scene) -> Iterator[PageState]:
    article, comments = scene.article, scene.comments
    yield PageState("front", "/")
    yield PageState("front, second page", "/?page=2")
    yield PageState("front, empty", EMPTY_FRONT)
    yield PageState("article", article)
    yield PageState("article, second page", f"{article}?page=2")
    yield PageState("article, newest first", f"{article}?sort=newest")
    yield PageState("article, whole thread", f"{article}?all=1")
    yield PageState("article, one branch", f"{article}?branch={comments['deep']}")
    yield PageState("article, author's answers", f"{article}?by=author")
    yield PageState("article, linked comment", f"/comments/{comments['deepest']}")
    yield PageState("article, somebody in the thread", article, steps=(_into_thread,))
    yield PageState("article, reply open", article, steps=(press(".comment-actions a"),))
    yield PageState("article, folded branch", article, steps=(press(".branch-summary button"),))
    yield PageState("article, no comments", "/articles/leeg")
    yield PageState("article, closed", "/articles/gesloten")
    for file in sorted(DEMO.glob("*.md")):
        yield PageState(f"demo: {file.stem}", f"/articles/{file.stem}")
    yield PageState("privacy", "/privacy")


def _writing(scene: Scene) -> Iterator[PageState]:
    form = f"{scene.article}/comments/new"
    answer = f"{form}?parent={scene.comments['approved']}"
    yield PageState("reply form", form)
    yield PageState("reply form, to a comment", answer)
    yield PageState("reply form with errors", form, steps=(SEND,), status=422)
    yield PageState("reply form, preview", answer, steps=(WRITTEN, press("[name=preview]"), _previewed))
    yield PageState("receipt", form, steps=(WRITTEN, SEND))
    twice = (WRITTEN, smuggle("[name=submission_id]", ""), SEND)
    yield PageState("already received", form, steps=(*twice, lambda page: page.goto(form), *twice))
    gone = smuggle("[name=parent_id]", str(scene.comments["rejected"]))
    yield PageState("answer to what is gone", answer, steps=(WRITTEN, gone, SEND), status=409)
    yield PageState(
        "text too large", form, steps=(WRITTEN, smuggle("#body", "b" * 200_000), SEND), status=413
    )
    yield PageState("form of a closed article", "/articles/gesloten/comments/new", status=403)
    for name, path in scene.receipts.items():
        yield PageState(f"receipt, {name}", path)
    own = scene.receipts["unconfirmed"]
    yield PageState("receipt, unconfirmed, own", own, "sender")
    yield PageState("receipt, unconfirmed, asked again", f"{own}?asked=again", "sender")
    wrong = (fill(email="noor"), press("form.sign-in button"))
    yield PageState("receipt, unconfirmed, wrong address", own, "sender", wrong, 422)
    door = "/writer/link"
    yield PageState("door of the writer's page", door)
    yield PageState("door, refused", door, steps=(press("main button.primary"),), status=422)
    asked = (fill(email="noor.de.wit@lezers.example"), press("main button.primary"))
    yield PageState("door, link sent", door, steps=asked)


def _staff(scene: Scene) -> Iterator[PageState]:
    comments = scene.comments
    reply = f"{scene.article}/replies/new?parent={comments['approved']}"
    yield PageState("sign-in", "/login")
    wrong = fill(email=AUTHOR.email, password="verkeerd wachtwoord")
    yield PageState("sign-in refused", "/login", steps=(wrong, press("form.sign-in button")))
    yield PageState("author's desk", "/desk", "author")
    yield PageState("staff reply", reply, "author")
    yield PageState("staff reply, refused", reply, "author", (press("main button.primary"),), 422)
    yield PageState("not for authors", "/moderation", "author", status=403)
    yield PageState("desk without articles", "/desk", "moderator")
    yield PageState("own account", "/desk/account", "moderator")
    yield PageState("forgotten password", "/login/forgotten")
    yield PageState("design", "/desk/design", "moderator")
    yield PageState("article as staff", scene.article, "moderator")
    yield PageState("queue", "/moderation", "moderator")
    for state in ("approved", "rejected", "removed", "spam"):
        yield PageState(f"queue, {state}", f"/moderation?state={state}", "moderator")
    yield PageState("queue, empty", "/moderation?article=999999", "moderator")
    yield PageState("queue, nothing found", "/moderation?q=zzzz", "moderator")
    yield PageState("queue, after decisions", "/moderation?done=3", "moderator")
    conflict = f"/moderation?done=1&conflict={comments['rejected']}&conflict={comments['spam']}"
    yield PageState("queue, after a conflict", conflict, "moderator")
    for name in ("pending", "approved", "edited", "erased", "answer to an answer", "rejected"):
        yield PageState(f"one comment, {name}", f"/moderation/comments/{comments[name]}", "moderator")
    one, late = f"/moderation/comments/{comments['pending']}", smuggle("[name=version]", "0")
    yield PageState("decision without a reason", one, "moderator", (press("[value=reject]"),), 422)
    yield PageState("decision too late", one, "moderator", (late, press("[value=approve]")), 409)


def _mailed(scene: Scene) -> Iterator[PageState]:
    for name, path, who in scene.mail.paths(scene.article, scene.comments):
        yield PageState(name, path, cast("Who", who), status=410 if "too old" in name else 200)


def _refusals(scene: Scene) -> Iterator[PageState]:
    yield PageState("not found", "/nergens", status=404)
    for path, (status, _) in scene.made.items():
        if path != EMPTY_FRONT:
            yield PageState(f"error {status}", path, status=status)


def _into_thread(page: Page) -> None:
    page.locator(".thread .comment a").first.focus()


def _previewed(page: Page) -> None:
    page.locator(".form-preview .comment-body p").first.wait_for()


@contextmanager
def running_scene(folder: Path, **environ: str) -> Iterator[Scene]:
    """A site that answers, with everything in it that its pages can show."""
    env = {**NO_LIMITS, "FORUM_SECRET_KEY": factories.SECRET_KEY, "FORUM_BRANCHES_PER_PAGE": "10", **environ}
    with running_site(folder, env=env, workers=1, prepare=_nothing_ends) as site:
        app = create_app(load_settings(site.environ))
        made = _made_answers(app)
        content = factories.make_site(app)
        comments = language_tour.fill(content) | _more_comments(content)
        _demo_articles(app)
        shown = ("approved", "returned", "withdrawn", "removed", "rejected", "unconfirmed")
        receipts = {name: f"/submissions/{factories.token_of(content, comments[name])}" for name in shown}
        mail = mail_pages.prepare(content, comments)
        sessions: dict[Who, tuple[str, str]] = {
            "author": (SESSION_COOKIE, _session(app, content.author_id)),
            "moderator": (SESSION_COOKIE, _session(app, content.moderator_id)),
            "admin": (SESSION_COOKIE, _session(app, mail.admin_id)),
            "sender": ("posted", _posted(factories.SIGNER, comments["unconfirmed"])),
            "writer": ("writer", mail.writer),
        }
        with app.app_context():
            db.engine.dispose()
        yield Scene(site, f"/articles/{content.slug}", comments, receipts, sessions, mail, made)


def _nothing_ends(site: Site) -> None:
    """The scene's comments are of a fixed day: by the terms of retention they would be gone a week later."""
    settings = load_settings(site.environ)
    upgrade(settings)
    with create_app(settings).app_context():
        with writing(db.session):
            beat(db.session, RETENTION, now=utc_now() + timedelta(days=1))
        db.engine.dispose()


def _posted(signer: Signer, comment_id: int) -> str:
    """The cookie of the browser that a comment came from which waits for proof."""
    return signer.make_expiring_token("cookie posted", [comment_id], expires_at=utc_now() + timedelta(days=7))


def _session(app: Flask, account_id: int) -> str:
    cookie = factories.signed_in(app, account_id).get_cookie(SESSION_COOKIE)
    assert cookie is not None
    return str(cookie.value)


def _made_answers(app: Flask) -> dict[str, tuple[int, str]]:
    """Pages of errors, and the front page as long as there is nothing on it."""
    app.testing = False
    made = {EMPTY_FRONT: (200, app.test_client().get("/").text)}
    for path, error in FAULTS.items():
        with app.test_request_context(path):
            answer = app.make_response(app.handle_user_exception(error))
        made[path] = (answer.status_code, answer.get_data(as_text=True))
    return made


def _more_comments(site: factories.Site) -> dict[str, int]:
    """Comments that try the page: a deep branch, long words, another script and language, the author's answers."""
    deep = [site.approved(source="Het begin van een lange tak.")]
    while len(deep) < 9:
        deep.append(
            site.approved(parent_id=deep[-1], source=f"Antwoord nummer {len(deep)} in een lange tak.")
        )
    site.approved(name="Maximiliaan Wolfeschlegelsteinhausenbergerdorff van der Zwaag", source=LONG_WORD)
    site.approved(name="ليلى الجابري", source=ARABIC)
    site.approved(
        source="## Geen kop\n\n- een\n- twee\n\n```\ncode\n```\n\n> aangehaald\n\n[link](https://noor.example/)"
    )
    with site.app.app_context(), writing(db.session):
        article = db.session.get_one(Article, site.article_id)
        author = db.session.get_one(Account, site.author_id)
        for parent in (deep[0], deep[4]):
            html = render_article("Dank voor je vraag.")
            submit_staff_reply(
                db.session, article, author, "Dank voor je vraag.", html, parent_id=parent, now=NOW
            )
    return {"deep": deep[0], "deepest": deep[-1]}


def _demo_articles(app: Flask) -> None:
    """Articles with tables, pull quotes, pictures of people and films."""
    zone = app.extensions["forum_settings"].timezone
    with app.app_context(), writing(db.session):
        for file in sorted(DEMO.glob("*.md")):
            draft = parse_article(file.read_text(encoding="utf-8"), zone=zone)
            save_article(db.session, draft, now=NOW)


@contextmanager
def visitors(browser: Browser, scene: Scene) -> Iterator[Visitors]:
    """A browser for a reader, the author and the moderator each; the latter two are signed in."""
    contexts: Visitors = {}
    for who in get_args(Who):
        context = browser.new_context(base_url=scene.site.base_url, locale="nl-NL", reduced_motion="reduce")
        for path, (status, html) in scene.made.items():
            context.route(f"**{path}", partial(_answer, status=status, body=html))
        if who in scene.sessions:
            url = scene.site.base_url
            name, value = scene.sessions[who]
            context.add_cookies([{"name": name, "value": value, "url": url}])
        contexts[who] = context
    yield contexts
    for context in contexts.values():
        context.close()


def _answer(route: Route, *, status: int, body: str) -> None:
    route.fulfill(status=status, content_type="text/html; charset=utf-8", body=body)


def go(page: Page, state: PageState) -> str:
    """Bring a window to a state.

    :returns: the HTML that the site sent last.
    """
    answers: list[Response] = []

    def heard(answer: Response) -> None:
        answers.append(answer)

    page.on("response", heard)
    page.goto(state.path)
    for step in state.steps:
        step(page)
    page.remove_listener("response", heard)
    document = _last_document(answers)
    assert document.status == state.status, f"{state.name}: {document.status}"
    return document.text()


def _last_document(answers: Sequence[Response]) -> Response:
    documents = [
        answer
        for answer in answers
        if answer.request.is_navigation_request() and not 300 <= answer.status < 400
    ]
    return documents[-1]
