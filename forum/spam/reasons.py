"""Hold reasons: a code, a detail, and the words in which the queue shows them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask_babel import gettext as _


@dataclass(frozen=True)
class HoldReason:
    """Why a comment deserves a closer look. `detail` is a number or a name that the words mention."""

    code: str
    detail: str = ""

    def as_json(self) -> dict[str, str]:
        """The form in which a revision keeps it."""
        return {"code": self.code, "detail": self.detail}


def in_words(stored: Mapping[str, str]) -> str:
    """A stored hold reason in the reader's language; an unknown code (of a later version) shows as it is."""
    code, detail = stored["code"], stored.get("detail", "")
    words = {
        "honeypot": _("A field that people do not see was filled in"),
        "too_fast": _("Sent %(seconds)s s after writing began", seconds=detail),
        "staff_name": _("The name looks like that of a member of staff: %(name)s", name=detail),
        "links": _("Contains %(count)s links", count=detail),
    }
    return str(words.get(code, code))
