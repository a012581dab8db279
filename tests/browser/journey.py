"""The main journey: a reader comments, a moderator approves, the author answers, another reader answers back."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.proofs.site import Site

AUTHOR = ("paul.verbeek@redactie.example", "Paul Verbeek")
MODERATOR = ("mirjam.aarts@redactie.example", "Mirjam Aarts")
PASSWORD = "een goed bewaard geheim"
ARTICLE = """---
title: Een buurthuis is geen bedrijf
slug: een-buurthuis-is-geen-bedrijf
kind: opinion
lang: nl
published_at: 2026-11-02T09:00:00+01:00
people:
  - Paul Verbeek | adviseur bij Kennisbank Samenleven
---

Wie een buurthuis wil leiden, begint met luisteren.
"""


def prepare(site: Site) -> None:
    """Publish the article, and make the accounts of author and moderator."""
    file = site.folder / "artikel.md"
    file.write_text(ARTICLE, encoding="utf-8")
    site.flask("article", "import", str(file))
    for (email, name), role in ((AUTHOR, "author"), (MODERATOR, "moderator")):
        site.flask(
            "account",
            "create",
            email,
            "--name",
            name,
            "--role",
            role,
            env={"FORUM_ACCOUNT_PASSWORD": PASSWORD},
        )


def walk(site: Site, open_page: Callable[[str], Page]) -> None:
    """Take the whole journey in Dutch, as four people with a browser each."""
    reader, moderator, author, guest = (open_page(site.base_url) for _ in range(4))
    _read_and_post(reader)
    _expect_no_comment(guest)
    sign_in(moderator, MODERATOR[0])
    _approve(moderator)
    _expect_comment(reader)
    sign_in(author, AUTHOR[0])
    _answer(author)
    _expect_answer(guest)
    _reply(guest)
    _refuse_undo_and_approve(moderator)
    _expect_reply(guest)


def sign_in(page: Page, email: str) -> None:
    """Sign in through the form; it ends on the desk."""
    page.goto("/login")
    page.fill("#email", email)
    page.fill("#password", PASSWORD)
    page.click("main button.primary")
    expect(page).to_have_url("/desk")


def _read_and_post(page: Page) -> None:
    page.goto("/")
    page.click("text=Een buurthuis is geen bedrijf")
    expect(page.locator("h1")).to_have_text("Een buurthuis is geen bedrijf")
    page.fill("#body", "Daar ben ik het *niet* mee eens.")
    page.fill("#name", "Noor de Wit")
    page.click("#comment-form button.primary")
    expect(page.locator("#email-error")).to_be_visible()
    expect(page.locator("#body")).to_have_value("Daar ben ik het *niet* mee eens.")
    page.fill("#email", "noor.de.wit@lezers.example")
    page.click("#comment-form button.primary")
    page.wait_for_url("**/submissions/**")
    expect(page.locator(".comment-body em")).to_have_text("niet")


def _expect_no_comment(page: Page) -> None:
    page.goto("/articles/een-buurthuis-is-geen-bedrijf")
    expect(page.locator("#comments article.comment")).to_have_count(0)


def _approve(page: Page) -> None:
    page.goto("/moderation")
    item = page.locator("[data-comment-id]")
    expect(item).to_have_count(1)
    expect(item).to_contain_text("noor.de.wit@lezers.example")
    item.locator("button[value=approve]").click()
    page.goto("/moderation")
    expect(page.locator("[data-comment-id]")).to_have_count(0)


def _expect_comment(page: Page) -> None:
    page.goto("/articles/een-buurthuis-is-geen-bedrijf")
    expect(page.locator("#comments article.comment")).to_have_count(1)
    expect(page.locator(".comment-byline")).to_contain_text("Noor de Wit")
    expect(page.locator("body")).not_to_contain_text("noor.de.wit@lezers.example")


def _answer(page: Page) -> None:
    page.goto("/desk")
    page.click("a[href*='/replies/new']")
    page.fill("#body", "Dank voor je scherpe reactie, Noor.")
    page.click("form.comment-form button.primary")
    expect(page.locator("article.comment.by-staff")).to_contain_text("Dank voor je scherpe reactie")


def _expect_answer(page: Page) -> None:
    page.goto("/articles/een-buurthuis-is-geen-bedrijf")
    answer = page.locator("#comments ol > li > ol > li > article.comment")
    expect(answer).to_contain_text("Paul Verbeek")
    expect(answer.locator(".badge")).to_have_text("auteur van dit artikel")


def _reply(page: Page) -> None:
    """Answer a comment from below it, after a look at the preview; as another reader, whom no limit holds."""
    page.goto("/articles/een-buurthuis-is-geen-bedrijf")
    page.locator("#comments article.comment .comment-actions a").first.click()
    page.fill("#body", "Nog **een** gedachte.")
    page.fill("#name", "Sam Kuipers")
    page.fill("#email", "sam.kuipers@lezers.example")
    page.click("[name=preview]")
    expect(page.locator(".form-preview .comment-body strong")).to_have_text("een")
    page.click("#comment-form button.primary")
    page.wait_for_url("**/submissions/**")


def _refuse_undo_and_approve(page: Page) -> None:
    """Refuse with a reason, think again, and approve."""
    page.goto("/moderation")
    page.locator("[data-comment-id] select[name=reason]").first.select_option("insult")
    page.locator("[data-comment-id] button[value=reject]").click()
    expect(page.locator("[role=status] .notice")).to_be_visible()
    page.goto("/moderation?state=rejected")
    page.locator("[data-comment-id] button[value=undo]").click()
    page.goto("/moderation")
    page.locator("[data-comment-id] button[value=approve]").click()
    expect(page.locator("[data-comment-id]")).to_have_count(0)


def _expect_reply(page: Page) -> None:
    page.goto("/articles/een-buurthuis-is-geen-bedrijf")
    expect(page.locator("#comments article.comment")).to_have_count(3)
