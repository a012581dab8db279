"""A site without a mail server promises no mail, wherever it offers some; with one, nothing of that is said."""

from __future__ import annotations

import pytest

from tests.comments.writer.pages import writer
from tests.conftest import AppFactory
from tests.factories import READER, Site, make_site

NO_MAIL = "This site sends no mail at present."
PROMISES = ("on its way", "We sent a mail", "Look in your mail")
OFFERS = [
    "/writer/link", "/writer/link?sent=1", "/articles/{slug}", "/articles/{slug}/comments/new",
    "/articles/{slug}/follow", "/articles/{slug}/follow?result=mail", "/articles/{slug}/follow?result=on",
]  # fmt: skip


@pytest.fixture
def silent_site(make_app: AppFactory, sqlite_url: str) -> Site:
    """A site without a mail server."""
    return make_site(make_app(sqlite_url, FORUM_LOCALE="en"))


@pytest.fixture
def mailing_site(make_app: AppFactory, sqlite_url: str) -> Site:
    """A site with one."""
    mail = {"FORUM_SMTP_URL": "smtp://mail.example:25", "FORUM_MAIL_FROM": "forum@redactie.example"}
    return make_site(make_app(sqlite_url, FORUM_LOCALE="en", **mail))


@pytest.mark.parametrize("path", OFFERS)
def test_where_mail_is_offered_it_says_that_none_is_sent(silent_site: Site, path: str) -> None:
    page = silent_site.reader().get(path.format(slug=silent_site.slug)).text

    assert page.count(NO_MAIL) == 1
    assert not [promise for promise in PROMISES if promise in page]


@pytest.mark.parametrize("path", OFFERS)
def test_with_a_mail_server_nothing_of_that_is_said(mailing_site: Site, path: str) -> None:
    page = mailing_site.reader().get(path.format(slug=mailing_site.slug)).text

    assert NO_MAIL not in page


def test_whoever_asks_for_the_link_is_promised_nothing(silent_site: Site) -> None:
    silent_site.comment()

    answer = silent_site.reader().post("/writer/link", data={"email": READER.email}, follow_redirects=True)

    assert answer.status_code == 200
    assert NO_MAIL in answer.text
    assert "on its way" not in answer.text


def test_whoever_asks_for_the_link_is_told_where_it_goes(mailing_site: Site) -> None:
    answer = mailing_site.reader().post("/writer/link", data={"email": READER.email}, follow_redirects=True)

    assert "Is this address known here? Then our mail with your link is on its way." in answer.text


def test_the_own_page_says_it_where_mail_is_chosen(silent_site: Site) -> None:
    assert NO_MAIL in writer(silent_site).page()


def test_the_own_page_of_a_site_that_mails_does_not(mailing_site: Site) -> None:
    assert NO_MAIL not in writer(mailing_site).page()
