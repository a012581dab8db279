"""Pictures of every page, light and dark, from a desktop to 320 px; says which pages are wider than their window.

`python -m tests.browser.screenshots FOLDER` starts a site of its own with the demo. Exit code 1: something overflows.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, BrowserContext, Page, Route, sync_playwright

from forum import create_app
from forum.base.errors import Unavailable
from forum.config import load_settings
from forum.web.limit_refusals import LimitReached
from tests import services
from tests.browser.conftest import CHROMIUM_OPTIONS
from tests.proofs.client import Client
from tests.proofs.site import NO_LIMITS, Site, running_site

SHORT_THREAD = "buurthuis-draait-niet-op-goede-wil"
LONG_THREAD = "waar-ligt-de-grens-van-de-buurvrouw"
TALLEST_PX = 6_000
"""Pictures stop here: a thread of two thousand comments is no picture."""


@dataclass(frozen=True)
class View:
    """A window: its name in the file name, its width in CSS pixels, light or dark."""

    name: str
    width: int
    scheme: Literal["light", "dark"] = "light"


@dataclass(frozen=True)
class Shot:
    """A page: its name and path; CSS selectors of what to fill in (and with what) and to press before the picture."""

    name: str
    path: str
    press: str = ""
    fill: tuple[tuple[str, str], ...] = ()


ERRORS: dict[str, Exception] = {
    "/pictures/too-many": LimitReached(40, "flood"),
    "/pictures/fault": RuntimeError("for a picture"),
    "/pictures/maintenance": Unavailable(),
}
"""Errors that a healthy site cannot be asked for: their pages are made here and answered in its place."""

VIEWS = (
    View("light", 1280), View("dark", 1280, "dark"), View("light-390", 390), View("light-320", 320),
    View("dark-320", 320, "dark"),
)  # fmt: skip


def public_shots(receipt: str) -> tuple[Shot, ...]:
    """What readers see. `receipt` is the path of a writer's receipt."""
    return (
        Shot("front", "/"),
        Shot("thread", f"/articles/{SHORT_THREAD}"),
        Shot("thread-long", f"/articles/{LONG_THREAD}?all=1"),
        Shot("interview", "/articles/jongerenwerker-delano-wijngaarde"),
        Shot("campaign", "/articles/campagne-maak-open-die-brief"),
        Shot("page", "/articles/mensen-van-de-kennisbank"),
        Shot("closed", "/articles/een-jaar-zonder-boete"),
        Shot("write", f"/articles/{SHORT_THREAD}/comments/new"),
        Shot("write-errors", f"/articles/{SHORT_THREAD}/comments/new", press="#comment-form .button"),
        Shot("receipt", receipt),
        Shot("no-comments", "/articles/campagne-maak-open-die-brief#comments"),
        Shot("not-found", "/articles/bestaat-niet"),
        Shot("privacy", "/privacy"),
        Shot("sign-in", "/login"),
        Shot(
            "sign-in-error",
            "/login",
            "form.sign-in .button",
            (("#email", "x@redactie.example"), ("#password", "x")),
        ),
        *(Shot(path.rpartition("/")[2], path) for path in ERRORS),
    )


def author_shots() -> tuple[Shot, ...]:
    """What an author sees besides."""
    return (
        Shot("desk", "/desk"),
        Shot("desk-reply", f"/articles/{SHORT_THREAD}/replies/new"),
        Shot(
            "desk-reply-error",
            f"/articles/{SHORT_THREAD}/replies/new",
            press="form.comment-form .button.primary",
        ),
        Shot("not-allowed", "/moderation"),
    )


def moderator_shots() -> tuple[Shot, ...]:
    """What a moderator sees besides."""
    return (
        Shot("queue", "/moderation"),
        Shot("queue-ticked", "/moderation", press=".queue-item [type=checkbox]"),
        Shot("queue-published", "/moderation?state=approved"),
        Shot("queue-refused", "/moderation?state=rejected"),
        Shot("queue-empty", "/moderation?state=removed"),
        Shot("queue-nothing-found", "/moderation?q=zzzzzz"),
        Shot("desk-without-articles", "/desk"),
        Shot("design", "/desk/design"),
        Shot("moderate", "/moderation", press=".queue-item .comment-actions a"),
        Shot("thread-staff", f"/articles/{SHORT_THREAD}"),
    )


def take(context: BrowserContext, shots: Iterable[Shot], views: Iterable[View], folder: Path) -> list[str]:
    """Take each page in each window as `NAME-VIEW.png`.

    :returns: a line for each page that is wider than its window.
    """
    page = context.new_page()
    too_wide = []
    for view in views:
        page.set_viewport_size({"width": view.width, "height": 900})
        page.emulate_media(color_scheme=view.scheme, reduced_motion="reduce")
        for shot in shots:
            _open(page, shot)
            if (excess := _overflow_px(page)) > 0:
                too_wide.append(f"{shot.name} at {view.width} px: {excess} px too wide")
            height = min(int(page.evaluate("document.documentElement.scrollHeight")), TALLEST_PX)
            clip = {"x": 0, "y": 0, "width": view.width, "height": height}
            page.screenshot(path=folder / f"{shot.name}-{view.name}.png", clip=clip, full_page=True)  # type: ignore[arg-type]
    page.close()
    return too_wide


def _open(page: Page, shot: Shot) -> None:
    page.goto(shot.path)
    for field, text in shot.fill:
        page.fill(field, text)
    if shot.press:
        page.locator(shot.press).first.click()
        page.wait_for_load_state()


def _overflow_px(page: Page) -> int:
    """How far the page can be scrolled sideways, in CSS pixels."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def serve_errors(context: BrowserContext, site: Site) -> None:
    """Answer the addresses of `ERRORS` with the pages that the site would show."""
    app = create_app(load_settings(site.environ))
    for path, error in ERRORS.items():
        with app.test_request_context(path):
            answer = app.make_response(app.handle_user_exception(error))
        context.route(
            f"**{path}", partial(_answer, status=answer.status_code, body=answer.get_data(as_text=True))
        )


def _answer(route: Route, *, status: int, body: str) -> None:
    route.fulfill(status=status, content_type="text/html; charset=utf-8", body=body)


def take_empty_site(browser: Browser, folder: Path) -> list[str]:
    """Take the front page of a site on which nothing was published."""
    with (
        tempfile.TemporaryDirectory(prefix="forum-screenshots-") as home,
        running_site(Path(home), workers=1) as site,
    ):
        context = browser.new_context(base_url=site.base_url, locale="nl-NL")
        return take(context, (Shot("front-empty", "/"),), VIEWS, folder)


def signed_in(browser: Browser, base_url: str, email: str, password: str) -> BrowserContext:
    """A browser in which somebody is signed in."""
    context = browser.new_context(base_url=base_url, locale="nl-NL")
    page = context.new_page()
    page.goto("/login")
    page.fill("#email", email)
    page.fill("#password", password)
    page.click("form.sign-in .button")
    page.close()
    return context


def write_comment(base_url: str) -> str:
    """Post a comment as a reader; the path of its receipt."""
    fields = {
        "name": "Noor de Wit", "email": "noor.de.wit@lezers.example", "website": "https://noor.example/",
        "body": "Wie een buurthuis leidt, begint met **luisteren**.\n\n> Op goede wil draait niets.\n\nVind ik.",
    }  # fmt: skip
    with Client(base_url) as client:
        return client.post_form(f"/articles/{SHORT_THREAD}/comments", fields).location


def logins(log: str) -> dict[str, tuple[str, str]]:
    """Role → address and password of the demo's accounts, as the first start printed them."""
    rows = re.findall(r"^  (author|moderator|editor|admin) +(\S+@\S+) +(\S+)$", log, re.MULTILINE)
    return {role: (email, password) for role, email, password in rows}


def main(arguments: Sequence[str] | None = None) -> int:
    """Take all pictures."""
    parser = argparse.ArgumentParser(prog="script/screenshots", description="Pictures of every page.")
    parser.add_argument("folder", type=Path, help="where the pictures go")
    folder: Path = parser.parse_args(arguments).folder
    folder.mkdir(parents=True, exist_ok=True)
    path = services.address(services.CHROMIUM_VARIABLE)
    with (
        tempfile.TemporaryDirectory(prefix="forum-screenshots-") as home,
        running_site(Path(home), env=NO_LIMITS, workers=1, demo=True) as site,
        sync_playwright() as playwright,
    ):
        chromium = playwright.chromium.launch(executable_path=path, args=CHROMIUM_OPTIONS)
        people = logins(site.log_path.read_text(encoding="utf-8"))
        reader = chromium.new_context(base_url=site.base_url, locale="nl-NL")
        serve_errors(reader, site)
        author = signed_in(chromium, site.base_url, *people["author"])
        moderator = signed_in(chromium, site.base_url, *people["moderator"])
        too_wide = [
            *take(reader, public_shots(write_comment(site.base_url)), VIEWS, folder),
            *take(author, author_shots(), VIEWS, folder),
            *take(moderator, moderator_shots(), VIEWS, folder),
            *take_empty_site(chromium, folder),
        ]
        chromium.close()
    print("\n".join(too_wide) or f"Nothing overflows. Pictures: {folder}")
    return 1 if too_wide else 0


if __name__ == "__main__":
    sys.exit(main())
