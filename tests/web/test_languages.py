"""A site speaks one language, completely: its words, its dates and its numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from gettext import NullTranslations
from typing import get_args

import pytest
from flask import Flask, abort
from lxml import html
from sqlalchemy.exc import OperationalError

from forum.accounts.rights import open_to_everyone
from forum.comments.models import State
from forum.desk import design
from forum.moderation.reasons import REASONS
from forum.moderation.words import STATES
from forum.pages import thread_words
from forum.web import filters
from forum.web.languages import TextCatalogues, sort_key
from forum.web.limit_refusals import LimitReached, Scope
from tests import factories
from tests.conftest import AppFactory
from tests.rules.test_translations import PLACEHOLDER, messages_of_pages, pairs
from tests.web import language_tour

HALF_PAST_NINE = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)  # in Amsterdam
REFERENCE = re.compile(r"^[0-9a-f]{8}$")
"""What an error page shows for the log."""
MADE_UP = (
    design.NAME,
    design.LONG_NAME,
    design.LONG_WORD,
    design.RIGHT_TO_LEFT_NAME,
    design.RIGHT_TO_LEFT_TEXT,
    "Jan",
)
"""Samples of the page that shows every component."""
KNOWN = sorted(
    {*language_tour.WRITTEN_BY_PEOPLE, *MADE_UP, *(entry.label("nl") for entry in REASONS.values())},
    key=len,
    reverse=True,
)
"""What people wrote, and the reasons, which have a table of their own; the longest first."""
SENTENCE_WORDS = 3
NOT_READ = frozenset({"text", "kbd", "code", "script", "style"})
"""The letters of a face (`text` of a drawing), keys, names of files, scripts and styles."""
SHOWN_ATTRIBUTES = ("aria-label", "title", "placeholder", "alt")
MARKED = re.compile(r"⟦[^⟦⟧]*(?:⟧|$)|^[^⟦⟧]*⟧")
"""A translated message, or as much of it as stands in one element."""
ADDRESS = re.compile(r"https?://\S+|<[^<>\s]+@[^<>\s]+>")
"""A link as a mail spells it, and a sender's address."""
DATE = re.compile(r"\d{1,2} \w+ \d{4}(, \d{1,2}:\d{2})?")
"""As `forum.web.filters` writes it; its month is the calendar's word, not the catalogue's."""


def sentences(language: str) -> set[str]:
    """What a page in `language` may say in three words or more, cut where a name or number is filled in."""
    shown = messages_of_pages()
    dutch, english = ({pair[side] for pair in pairs() if pair[0] in shown} for side in (1, 0))
    texts = dutch if language == "nl" else english
    texts |= {entry.label(language) for entry in REASONS.values()}
    pieces = {piece.strip(" .,:;?!()“”") for text in texts for piece in PLACEHOLDER.split(text)}
    return {piece for piece in pieces if len(piece.split()) >= SENTENCE_WORDS}


def spoken(page: str) -> Iterator[str]:
    """Every text of a page that is seen or read aloud, now or when a script shows it; not the letters of a face."""
    for element in html.document_fromstring(page).iter():
        if isinstance(element.tag, str):
            own = None if element.tag in NOT_READ else element.text
            attributes = ((str(name), str(value)) for name, value in element.items())
            for_scripts = (value for name, value in attributes if name.startswith("data-") and " " in value)
            shown = (own, *(element.get(name) for name in SHOWN_ATTRIBUTES), *for_scripts)
            yield from (" ".join(text.split()) for text in (*shown, element.tail) if text and text.strip())
        elif element.tail and element.tail.strip():
            yield " ".join(element.tail.split())


def add_faults(app: Flask) -> None:
    """Routes that fail as the site can fail."""

    @open_to_everyone
    def fail(kind: str) -> str:
        if kind == "database":
            raise OperationalError("SELECT 1", {}, Exception("away"))
        if kind.isdigit():
            abort(int(kind))
        if kind in get_args(Scope):
            raise LimitReached(90, kind)  # type: ignore[arg-type]
        raise RuntimeError(kind)

    app.add_url_rule("/fail/<kind>", "fail", fail)


def every_page(app: Flask) -> Iterator[language_tour.Page]:
    """The tour, and the pages of faults."""
    add_faults(app)
    for kind in ["database", "unexpected", "400", "403", "409", "410", "413", "415", "431", *get_args(Scope)]:
        yield f"GET /fail/{kind}", app.test_client().get(f"/fail/{kind}").text
    yield from language_tour.walk(app)


@pytest.mark.parametrize(("language", "other"), [("nl", "en"), ("en", "nl")])
def test_no_page_says_a_sentence_in_the_other_language(
    sqlite_url: str, make_app: AppFactory, language: str, other: str
) -> None:
    app = make_app(sqlite_url, FORUM_LOCALE=language, FORUM_BRANCHES_PER_PAGE="2")
    own, foreign, heard = sentences(language), sentences(other), set[str]()

    for name, page in every_page(app):
        said = "\n".join(spoken(page)).lower()

        assert not {sentence for sentence in foreign if sentence.lower() in said}, name
        assert '<p class="reference">' not in page or "unexpected" in name, f"{name} ended in an error"
        assert f'<html lang="{language}"' in page, name
        heard |= {sentence for sentence in own if sentence.lower() in said}

    assert len(heard) > 0.9 * len(own), f"the tour has become too short: {sorted(own - heard)}"


def test_no_word_on_any_page_escapes_the_catalogue(
    sqlite_url: str, make_app: AppFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(TextCatalogues, "_read", lambda _self, _language: Marking())
    thread_words._in_short.cache_clear()
    app = make_app(sqlite_url, FORUM_LOCALE="nl", FORUM_BRANCHES_PER_PAGE="2")

    escaped = {
        (name.split("?")[0], text)
        for name, page in every_page(app)
        for text in spoken(page)
        if any(character.isalpha() for character in _not_from_the_catalogue(text))
    }

    thread_words._in_short.cache_clear()

    assert not escaped


def test_a_page_writes_dates_and_numbers_as_its_language_does(sqlite_url: str, make_app: AppFactory) -> None:
    written = {}
    for language in ("nl", "en"):
        with make_app(sqlite_url, FORUM_LOCALE=language).test_request_context():
            moment = filters.day_and_time(HALF_PAST_NINE)
            written[language] = (filters.day(HALF_PAST_NINE), moment, filters.number(2261))

    assert written == {
        "nl": ("20 november 2026", "20 november 2026, 9:30", "2.261"),
        "en": ("20 November 2026", "20 November 2026, 9:30", "2,261"),
    }


@pytest.mark.parametrize(
    ("language", "views", "heading"),
    [
        ("nl", "2.261 keer bekeken", "Reacties op dit artikel (1)"),
        ("en", "Read 2,261 times", "1 comment on this article"),
    ],
)
def test_an_article_tells_its_views_and_comments(
    sqlite_url: str, make_app: AppFactory, language: str, views: str, heading: str
) -> None:
    site = factories.make_site(make_app(sqlite_url, FORUM_LOCALE=language))
    site.approved()
    language_tour.set_views(site, 2261)

    page = list(spoken(site.reader().get(f"/articles/{site.slug}").text))

    assert views in page
    assert heading in page


@pytest.mark.parametrize(
    ("seconds", "dutch"),
    [
        (1, "Probeer het over 1 seconde opnieuw."),
        (90, "Probeer het over 90 seconden opnieuw."),
        (600, "Probeer het over 10 minuten opnieuw."),
        (7201, "Probeer het over 3 uur opnieuw."),
        (200_000, "Probeer het over 3 dagen opnieuw."),
    ],
)
def test_a_wait_is_told_in_words(sqlite_app: Flask, seconds: int, dutch: str) -> None:
    with sqlite_app.test_request_context():
        message = str(LimitReached(seconds, "flood").message)

    assert message.endswith(dutch)


def test_titles_stand_where_a_reader_looks_for_them() -> None:
    titles = ["zonder", "Élan", "elders", "Zo", "één", "eens", "Ångström", "appel"]

    assert sorted(titles, key=sort_key) == [
        "Ångström",
        "appel",
        "één",
        "eens",
        "Élan",
        "elders",
        "Zo",
        "zonder",
    ]


def test_no_two_states_share_a_name_in_dutch(sqlite_app: Flask) -> None:
    with sqlite_app.test_request_context():
        names = {str(STATES[state]) for state in State}

    assert len(names) == len(State)


class Marking(NullTranslations):
    """Translates by putting a message in brackets that occur nowhere else."""

    def gettext(self, message: str) -> str:
        return f"⟦{message}⟧"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return f"⟦{msgid1 if n == 1 else msgid2}⟧"

    ugettext = gettext
    ungettext = ngettext


def _not_from_the_catalogue(text: str) -> str:
    """What is left of a text without translated messages, dates, and what people wrote."""
    while MARKED.search(text):
        text = MARKED.sub("", text)
    text = REFERENCE.sub("", DATE.sub("", ADDRESS.sub("", text)))
    for known in KNOWN:
        text = text.replace(known, "")
    return text
