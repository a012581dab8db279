"""Two journeys through the mail: from a proven address to an unsubscription, and from a return to an approval."""

from __future__ import annotations

from collections.abc import Callable
from email.message import EmailMessage

from playwright.sync_api import Page, expect
from sqlalchemy import create_engine, select

from forum.base.engine import engine_options
from forum.mail.models import OutboxMail
from tests.browser.journey import AUTHOR, MODERATOR, sign_in
from tests.mail.server import MailServer, links_in
from tests.proofs.site import Site

READER = ("Noor de Wit", "noor.de.wit@lezers.example")
THREAD = "/articles/een-buurthuis-is-geen-bedrijf"
READING_TIME_MS = 1_200
"""Nobody presses the button of a page sooner; see `forum.web.press`."""


class Journey:
    """A site, its mail server, and a way to open windows."""

    def __init__(self, site: Site, server: MailServer, open_page: Callable[[str], Page]) -> None:
        self.site, self.server, self._open = site, server, open_page

    def window(self, staff: tuple[str, str] | None = None) -> Page:
        """Somebody's browser, signed in for staff."""
        page = self._open(self.site.base_url)
        if staff is not None:
            sign_in(page, staff[0])
        return page

    def mail(self, count: int) -> EmailMessage:
        """The reader's `count`th mail, once it is there."""
        return self.server.wait_for(READER[1], count)[count - 1]

    def kinds_of_mails(self) -> list[str]:
        """What the reader was written about, or will be: every mail to the reader in the outbox, in order."""
        engine = create_engine(**engine_options(self.site.database_url))
        with engine.connect() as connection:
            to_reader = select(OutboxMail.kind).where(OutboxMail.recipient == READER[1])
            kinds = list(connection.scalars(to_reader.order_by(OutboxMail.id)))
        engine.dispose()
        return kinds


def link(mail: EmailMessage, part: str) -> str:
    """The one link of a mail that has `part` in it."""
    (found,) = {url for url in links_in(mail) if part in url}
    return found


def from_proof_to_unsubscription(journey: Journey) -> None:
    """Confirm → held → approved → answered → unsubscribed."""
    reader, moderator, author = journey.window(), journey.window(MODERATOR), journey.window(AUTHOR)
    _post(reader, "Een buurthuis draait op mensen.")
    _expect_waiting(moderator, 0)
    _press(reader, link(journey.mail(1), "/confirm/"))
    _decide(moderator, "approve")
    reader.goto(link(journey.mail(2), "/comments/"))
    expect(reader.locator(":target .comment-body")).to_have_text("Een buurthuis draait op mensen.")
    _answer(author, "Daar ben ik het mee eens.")
    answered = journey.mail(3)
    assert answered["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    _press(reader, link(answered, "/unsubscribe/"))
    _answer(author, "En nog iets.")
    _ask_for_link(reader)
    journey.mail(4)
    assert journey.kinds_of_mails() == ["confirm", "approved", "reply", "writer_link"]


def from_return_to_approval(journey: Journey) -> None:
    """Returned → changed on the writer's own page → approved, at the same address in the thread."""
    reader, moderator = journey.window(), journey.window(MODERATOR)
    _post(reader, "Wie dat niet ziet, is dom. Een buurthuis draait op mensen.")
    _press(reader, link(journey.mail(1), "/confirm/"))
    _return(moderator, words="Laat de eerste zin weg.", passage="Wie dat niet ziet, is dom.")
    returned = journey.mail(2)
    assert "Laat de eerste zin weg." in str(returned.get_body(("plain",)))
    _press(reader, link(returned, "/writer/"))
    reader.locator(".own-comment a[href*='/text']").click()
    expect(reader.locator("mark")).to_have_text("Wie dat niet ziet, is dom.")
    reader.fill("#body", "Een buurthuis draait op mensen.")
    reader.click("form.comment-form button.primary")
    expect(reader.locator(".own-comment .comment-body")).to_have_text("Een buurthuis draait op mensen.")
    _decide(moderator, "approve")
    reader.goto(link(journey.mail(3), "/comments/"))
    expect(reader.locator(":target .comment-body")).to_have_text("Een buurthuis draait op mensen.")


def _post(page: Page, text: str) -> None:
    page.goto(THREAD)
    page.fill("#body", text)
    page.fill("#name", READER[0])
    page.fill("#email", READER[1])
    page.check("[name=notify_replies]")
    page.click("#comment-form button.primary")
    page.wait_for_url("**/submissions/**")
    expect(page.locator("main")).to_contain_text(READER[1])


def _press(page: Page, url: str) -> None:
    """Open a link from a mail, read, and press its button."""
    page.goto(url)
    page.wait_for_timeout(READING_TIME_MS)
    page.locator("main form button.primary").first.click()
    expect(page.locator("main form button.primary")).to_have_count(0)


def _expect_waiting(page: Page, count: int) -> None:
    page.goto("/moderation")
    expect(page.locator("[data-comment-id]")).to_have_count(count)


def _decide(page: Page, action: str) -> None:
    _expect_waiting(page, 1)
    page.locator(f"[data-comment-id] button[value={action}]").click()
    _expect_waiting(page, 0)


def _return(page: Page, *, words: str, passage: str) -> None:
    _expect_waiting(page, 1)
    page.locator("[data-comment-id] a[href^='/moderation/comments/']").first.click()
    page.locator("details:has([name=message]) summary").click()
    expect(page.locator("button[hidden]:visible")).to_have_count(0)
    page.fill("[name=message]", words)
    page.fill("[name=passages]", passage)
    page.click("button[value=return]")
    _expect_waiting(page, 0)


def _answer(page: Page, text: str) -> None:
    page.goto(THREAD)
    comment_id = page.locator("#comments article.comment").first.get_attribute("id") or ""
    page.goto(f"{THREAD}/replies/new?parent={comment_id.removeprefix('comment-')}")
    page.fill("#body", text)
    page.click("form.comment-form button.primary")
    expect(page.locator("article.comment.by-staff").last).to_contain_text(text)


def _ask_for_link(page: Page) -> None:
    page.goto("/writer")
    page.fill("#email", READER[1])
    page.click("main form button.primary")
    expect(page.locator("[role=status]")).to_be_visible()
