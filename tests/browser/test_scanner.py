"""A scanner that opens every link of every mail in a browser, runs its scripts and sends its forms, changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from forum import create_app
from forum.base.clock import utc_now
from forum.base.session import db
from forum.comments.models import State
from forum.config import load_settings
from forum.web.press import LOOK_AT_LEAST
from tests import factories
from tests.comments.proving.mailbox import Clock, Town
from tests.comments.proving.scanning import dump, links_of_mails, mail_everybody
from tests.proofs.site import NO_LIMITS, Site, running_site

pytestmark = pytest.mark.browser

PATIENCE_MS = int(LOOK_AT_LEAST.total_seconds() * 1000) + 200
"""A scanner may stay on the page as long as a person does: the time alone must not tell them apart."""
TRICKS = {
    "sends the form": "form.submit()",
    "sends the form as its button would": "form.requestSubmit(form.querySelector('button'))",
    "presses the button": "form.querySelector('button').click()",
    "asks by itself": "fetch(form.action, {method: 'POST', body: new URLSearchParams(new FormData(form))})",
}
SCANNER = """
  addEventListener("load", () => setTimeout(() => {
    const form = document.querySelectorAll("main form[method=post]")[NUMBER];
    if (!form || sessionStorage.done) return;
    sessionStorage.done = true;
    TRICK;
  }, WAIT));
"""
"""It runs in the page: what Playwright evaluates there passes for the act of a person."""
PRESSED = {"confirm", "writer", "follow", "unsubscribe"}
"""The kinds of pages that have a button for whoever the mail was sent to."""
PATIENCE_S = 20
ENV = NO_LIMITS | {"FORUM_CONFIRM_EMAIL": "always", "FORUM_SECRET_KEY": factories.SECRET_KEY}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A running site that asks for proof."""
    with running_site(tmp_path_factory.mktemp("scanner"), workers=1, env=ENV) as running:
        yield running


@pytest.fixture(scope="module")
def town(site: Site) -> Iterator[Town]:
    """The same site, on which all that people are mailed about has happened."""
    app = create_app(load_settings(site.environ))
    town = Town(factories.make_site(app), Clock(utc_now()))
    mail_everybody(town)
    yield town
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def context(browser: Browser, site: Site) -> Iterator[BrowserContext]:
    """A browser of somebody who was never here."""
    context = browser.new_context(base_url=site.base_url)
    yield context
    context.close()


def _links(town: Town) -> dict[str, str]:
    """One link to each kind of page that mails lead to, by the first part of its path."""
    every = {path for paths in links_of_mails(town).values() for path in paths}
    return {_route(path): path for path in sorted(every)}


def _play(context: BrowserContext, paths: Iterable[str], trick: str) -> list[str]:
    """Open every link in a tab for each of its first two forms, and play the trick there; what was posted to."""
    posted: list[str] = []
    context.on("request", lambda asked: posted.append(asked.url) if asked.method == "POST" else None)
    for path in paths:
        for number in range(2):
            tab = context.new_page()
            script = SCANNER.replace("NUMBER", str(number)).replace("TRICK", trick)
            tab.add_init_script(script.replace("WAIT", str(PATIENCE_MS)))
            tab.goto(path, wait_until="commit")
    for _ in range(PATIENCE_S):
        context.pages[-1].wait_for_timeout(1000)
        if {_route(url) for url in posted} >= PRESSED:
            break
    context.pages[-1].wait_for_load_state("networkidle")
    return posted


def _route(address: str) -> str:
    return urlsplit(address).path.split("/")[1]


@pytest.mark.parametrize("trick", TRICKS.values(), ids=TRICKS)
def test_a_scanner_that_runs_scripts_changes_nothing(town: Town, context: BrowserContext, trick: str) -> None:
    links = _links(town)
    before = dump(town.site.app)

    posted = _play(context, links.values(), trick)

    assert dump(town.site.app) == before
    assert {"confirm", "writer", "follow", "unsubscribe"} <= {
        urlsplit(url).path.split("/")[1] for url in posted
    }


def test_a_person_who_presses_the_same_button_is_heard(town: Town, context: BrowserContext) -> None:
    page = context.new_page()
    page.goto(_links(town)["confirm"])
    page.wait_for_timeout(PATIENCE_MS)

    page.locator("main form button").click()

    expect(page.locator(".status")).to_be_visible()
    assert town.states()[0] is State.PENDING
