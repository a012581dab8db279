"""Dutch and English. Message ids are English; the Dutch catalogue is read straight from its `.po` file.

Reading the text catalogue at the first use takes some milliseconds and spares a compiled file that could be stale.
"""

from __future__ import annotations

import unicodedata
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import Flask, g
from flask_babel import Babel, Domain, get_locale, refresh

from forum.config import Settings

LANGUAGES = {"nl": "Nederlands", "en": "English"}
"""Each language that the forum speaks, by its own name."""
CATALOGUES = Path(__file__).resolve().parent.parent / "translations"


class TextCatalogues(Domain):  # type: ignore[misc]
    """Translations from `.po` files; a language without one speaks in message ids, which are English."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder

    def get_translations(self) -> NullTranslations:
        """The translations of the present locale; read once a process."""
        language = get_locale().language if get_locale() else "en"
        if language not in self.cache:
            self.cache[language] = self._read(language)
        return self.cache[language]  # type: ignore[no-any-return]

    def _read(self, language: str) -> NullTranslations:
        path = self._folder / language / "LC_MESSAGES" / "messages.po"
        if not path.exists():
            return NullTranslations()
        compiled = BytesIO()
        with path.open("rb") as file:
            write_mo(compiled, read_po(file, locale=language))
        compiled.seek(0)
        return Translations(compiled)


def init_languages(app: Flask, settings: Settings) -> None:
    """Set the language and time zone of every page."""
    babel = Babel(
        app,
        default_locale=settings.locale,
        default_timezone=settings.timezone.key,
        locale_selector=lambda: g.get("language") or settings.locale,
    )
    app.jinja_env.globals["page_language"] = language_of_request
    babel.domain_instance = TextCatalogues(CATALOGUES)


def sort_key(text: str) -> tuple[str, str]:
    """Places a title or name where Dutch and English readers look for it: "Élan" beside "elan", capitals no matter."""
    letters = (char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))
    return "".join(letters).casefold(), text


def speak(language: str | None) -> None:
    """Go on in this language until the request ends; None: in that of the site."""
    g.language = language
    refresh()


def language_of_request() -> str:
    """What is spoken now: the site's language, on staff pages that of who is signed in."""
    return str(get_locale().language)
