"""A scanner that opens every link of every mail in a browser, runs its scripts and sends its forms, changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, expect

from forum import create_app
from forum.base.clock import utc_now
from forum.base.session import db
from forum.comments.models import State
from forum.config import Settings, load_settings
from forum.web.press import LOOK_AT_LEAST
from tests import factories
from tests.comments.proving.mailbox import Clock, Town
from tests.comments.proving.scanning import dump, links_of_mails, mail_everybody
from tests.proofs.site import NO_LIMITS, running_site

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

LOOK_MS = int(LOOK_AT_LEAST.total_seconds() * 1000) + 200
"""A scanner may stay on the page as long as a person does: the time alone must not tell them apart."""
TRICKS = {
    "sends the form": "form.submit(); isSent = true",
    "sends the form as its button would": "form.requestSubmit(form.querySelector('button:not([type=button])'))",
    "presses the button": "form.querySelector('button:not([type=button])').click()",
    "asks by itself": (
        "await fetch(form.action, {method: 'POST', body: new URLSearchParams(new FormData(form))})"
        ".then((answer) => answer.text())"
    ),
}
DONE = "the scanner is done"
SCANNER = """
  addEventListener("load", () => setTimeout(async () => {
    const form = document.querySelectorAll("main form[method=post]")[NUMBER];
    let isSent = false;
    addEventListener("submit", (event) => { isSent = !event.defaultPrevented; });
    if (form && !sessionStorage.scanned) {
      sessionStorage.scanned = true;
      TRICK;
    }
    if (!isSent) console.log("DONE");
  }, sessionStorage.scanned ? 0 : WAIT));
"""
"""It runs in the page, and the page says when it is done: this one, or the one that came for the form that was sent.

Nothing may look into the page meanwhile: what Playwright evaluates there passes for the act of a person, and so does
what a script does in the seconds after it.
"""
PRESSED = {"confirm", "writer", "follow", "unsubscribe"}
"""The kinds of pages that have a button for whoever the mail was sent to."""
PATIENCE_S = 60
ENV = NO_LIMITS | {"FORUM_CONFIRM_EMAIL": "always", "FORUM_SECRET_KEY": factories.SECRET_KEY}


@contextmanager
def _running_town(folder: Path) -> Iterator[Town]:
    """A running site that asks for proof, on which all that people are mailed about has happened."""
    with running_site(folder, workers=1, env=ENV) as site:
        app = create_app(load_settings(site.environ))
        town = Town(factories.make_site(app), Clock(utc_now()))
        mail_everybody(town)
        yield town
        with app.app_context():
            db.engine.dispose()


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """One for all tricks: they change nothing."""
    with _running_town(tmp_path_factory.mktemp("scanner")) as town:
        yield town


@pytest.fixture
def own_town(tmp_path: Path) -> Iterator[Town]:
    """One for who changes something."""
    with _running_town(tmp_path) as town:
        yield town


@contextmanager
def _somebody(browser: Browser, town: Town) -> Iterator[BrowserContext]:
    """A browser of somebody who was never here."""
    settings: Settings = town.site.app.extensions["forum_settings"]
    context = browser.new_context(base_url=settings.base_url)
    yield context
    context.close()


def _links(town: Town) -> dict[str, str]:
    """One link to each kind of page that mails lead to, by the first part of its path."""
    every = {path for paths in links_of_mails(town).values() for path in paths}
    return {_route(path): path for path in sorted(every)}


def _play(context: BrowserContext, paths: Iterable[str], trick: str) -> list[str]:
    """Open every link in a tab for each of its first two forms, and play the trick there; what answered a post."""
    asked, answered, done = _heard(context)
    for path in paths:
        for number in range(2):
            script = SCANNER.replace("NUMBER", str(number)).replace("TRICK", trick).replace("DONE", DONE)
            tab = context.new_page()
            tab.add_init_script(script.replace("WAIT", str(LOOK_MS)))
            tab.goto(path, wait_until="commit")
    for _ in range(PATIENCE_S * 10):
        if done == set(context.pages) and len(answered) == len(asked):
            return [request.url for request in answered]
        context.pages[-1].wait_for_timeout(100)
    raise AssertionError(f"{len(done)} of {len(context.pages)} tabs are done, {answered} of {asked} answered")


def _heard(context: BrowserContext) -> tuple[list[Request], list[Request], set[Page | None]]:
    """Posts that were sent, posts that were answered to the end, and tabs that are done; as they come."""
    asked: list[Request] = []
    answered: list[Request] = []
    done: set[Page | None] = set()
    context.on("request", lambda sent: asked.append(sent) if sent.method == "POST" else None)
    context.on("requestfinished", lambda sent: answered.append(sent) if sent.method == "POST" else None)
    context.on("console", lambda said: done.add(said.page) if said.text == DONE else None)
    return asked, answered, done


def _route(address: str) -> str:
    return urlsplit(address).path.split("/")[1]


@pytest.mark.parametrize("trick", TRICKS.values(), ids=TRICKS)
def test_a_scanner_that_runs_scripts_changes_nothing(town: Town, browser: Browser, trick: str) -> None:
    links = _links(town)
    before = dump(town.site.app)

    with _somebody(browser, town) as context:
        posted = _play(context, links.values(), trick)

    assert dump(town.site.app) == before
    assert {_route(url) for url in posted} >= PRESSED


def test_a_person_who_presses_the_same_button_is_heard(own_town: Town, browser: Browser) -> None:
    with _somebody(browser, own_town) as context:
        page = context.new_page()
        page.goto(_links(own_town)["confirm"])
        page.wait_for_timeout(LOOK_MS)

        page.locator("main form button").click()

        expect(page.locator(".status")).to_be_visible()
    assert own_town.states()[0] is State.PENDING
