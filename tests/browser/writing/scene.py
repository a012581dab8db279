"""A running site with a short thread to answer, and what tests of the form do to its pages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, expect
from sqlalchemy import func, select

from forum import create_app
from forum.base.session import db
from forum.comments.models import Comment
from forum.config import Settings, load_settings
from tests import factories
from tests.proofs.site import NO_LIMITS, Site, running_site

FIRST = (
    "Een buurthuis draait op mensen.\n\nNiet op regels:\n\n- koffie\n- aandacht\n\n> Wie zei dat?\n\n"
    "En dat blijft zo."
)
SECOND = "Daar denk ik anders over."


@dataclass
class Thread:
    """An English site with two comments below one article; their ids."""

    site: Site
    slug: str
    first: int
    second: int

    @property
    def path(self) -> str:
        """The article's."""
        return f"/articles/{self.slug}"

    def count(self) -> int:
        """How many comments are stored."""
        return self._read(select(func.count()).select_from(Comment))

    def newest_parent(self) -> int:
        """Which comment the newest one answers."""
        return self._read(select(Comment.parent_id).order_by(Comment.id.desc()).limit(1))

    def _read(self, query: object) -> int:
        app = create_app(_settings(self.site))
        with app.app_context():
            found: int = db.session.scalar(query)  # type: ignore[call-overload]
            db.session.close()
            db.engine.dispose()
        return found


ENVIRON = NO_LIMITS | {"FORUM_LOCALE": "en", "FORUM_SECRET_KEY": factories.SECRET_KEY}


@contextmanager
def running_thread(folder: Path) -> Iterator[Thread]:
    """A site that answers, with the thread."""
    with running_site(folder, env=ENVIRON, workers=1) as site:
        app = create_app(_settings(site))
        made = factories.make_site(app)
        first = made.approved(source=FIRST)
        second = made.approved(source=SECOND, name="Ömer Kaya", email="omer.kaya@lezers.example")
        with app.app_context():
            db.engine.dispose()
        yield Thread(site, made.slug, first, second)


def open_window(browser: Browser, thread: Thread, *, script: bool = True) -> Page:
    """A window of a browser that nobody used before, at the article."""
    context = browser.new_context(base_url=thread.site.base_url, java_script_enabled=script, locale="en-GB")
    page = context.new_page()
    page.goto(thread.path)
    return page


def reply_link(page: Page, comment_id: int) -> Locator:
    """The link "Reply" of a comment."""
    return page.locator(f"#comment-{comment_id} .comment-actions a").first


def select_text(page: Page, comment_id: int, first: str, last: str) -> None:
    """Select from the beginning of `first` to the end of `last` in a comment's text, as a reader does."""
    page.evaluate(
        """([id, first, last]) => {
          const box = document.querySelector(`#comment-${id} .comment-body`);
          const find = (words) => {
            const walker = document.createTreeWalker(box, NodeFilter.SHOW_TEXT);
            while (walker.nextNode()) if (walker.currentNode.data.includes(words)) return walker.currentNode;
          };
          const [from, to] = [find(first), find(last)];
          getSelection().setBaseAndExtent(from, from.data.indexOf(first), to, to.data.indexOf(last) + last.length);
        }""",
        [comment_id, first, last],
    )


def fill_person(page: Page) -> None:
    """Fill in who writes."""
    page.fill("#name", factories.READER.name)
    page.fill("#email", factories.READER.email)


def send(page: Page) -> None:
    """Send the form, and arrive at the receipt."""
    page.click("#comment-form .button.primary")
    page.wait_for_url("**/submissions/**")


def wait_until_kept(page: Page, text: str) -> None:
    """Until this text is kept in the browser."""
    page.wait_for_function(
        "(text) => Object.values(localStorage).some((value) => value.includes(JSON.stringify(text)))",
        arg=text,
    )


def body(page: Page) -> Locator:
    """The field of the text."""
    return page.locator("#body")


def expect_at_home(page: Page) -> None:
    """The form stands below the thread again."""
    expect(page.locator(".thread #comment-form")).to_have_count(0)
    expect(page.locator("#comment-form")).to_have_count(1)
    expect(page.locator("input[name=parent_id]")).to_have_value("")


def _settings(site: Site) -> Settings:
    """Those that the site runs with."""
    return load_settings({name: value for name, value in site.environ.items() if name.startswith("FORUM_")})
