"""Staff choose their own language; readers' pages stay in the site's."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from tests import factories
from tests.conftest import AppFactory
from tests.factories import Site, csrf_token

DUTCH, ENGLISH = "Wachtrij", "Queue"


def _choose(client: FlaskClient, language: str) -> int:
    data = {"language": language, "csrf_token": csrf_token(client)}
    return client.post("/desk/language", data=data).status_code


def test_staff_pages_speak_the_language_that_was_chosen(site: Site) -> None:
    moderator = site.moderator()
    before = moderator.get("/moderation").text

    chosen = _choose(moderator, "en")
    after = moderator.get("/moderation").text

    assert chosen == 303
    assert f"<h1>{DUTCH}</h1>" in before
    assert f"<h1>{ENGLISH}</h1>" in after
    assert '<html lang="en"' in after


def test_the_choice_belongs_to_the_account_and_to_no_other(site: Site) -> None:
    _choose(site.moderator(), "en")

    elsewhere, other = site.moderator(), site.author()

    assert '<html lang="en"' in elsewhere.get("/desk").text
    assert '<html lang="nl"' in other.get("/desk").text


def test_what_readers_see_stays_in_the_language_of_the_site(site: Site) -> None:
    moderator = site.moderator()
    _choose(moderator, "en")

    for path in ("/", f"/articles/{site.slug}", "/privacy", "/nergens"):
        page = moderator.get(path).text

        assert '<html lang="nl"' in page, path
        assert ">Queue<" not in page


def test_refusals_of_staff_pages_follow_the_choice(site: Site) -> None:
    author = site.author()
    _choose(author, "en")

    page = author.get("/moderation").text

    assert '<html lang="en"' in page
    assert "You do not have the right" in page


def test_the_choice_can_be_left_to_the_site_again(site: Site) -> None:
    moderator = site.moderator()
    _choose(moderator, "en")

    _choose(moderator, "")

    assert '<html lang="nl"' in moderator.get("/desk").text


def test_staff_of_an_english_site_may_have_dutch(sqlite_url: str, make_app: AppFactory) -> None:
    site = factories.make_site(make_app(sqlite_url, FORUM_LOCALE="en"))
    moderator = site.moderator()

    _choose(moderator, "nl")

    assert f"<h1>{DUTCH}</h1>" in moderator.get("/moderation").text


@pytest.mark.parametrize("language", ["de", "NL", "nl_NL", "../nl", "x" * 300])
def test_a_language_that_is_none_is_refused(site: Site, language: str) -> None:
    moderator = site.moderator()

    assert _choose(moderator, language) == 400
    assert '<html lang="nl"' in moderator.get("/desk").text


def test_each_language_is_named_in_itself(site: Site) -> None:
    page = site.moderator().get("/desk").text

    assert '<option value="nl" lang="nl">Nederlands</option>' in page
    assert '<option value="en" lang="en">English</option>' in page
