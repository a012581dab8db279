"""The one table of reasons for which a comment is refused or removed: house rules and laws.

Codes are stored in events and never change meaning; labels may be worded better.
"""

from __future__ import annotations

from dataclasses import dataclass

from forum.base.errors import Unprocessable
from forum.comments.errors import ReasonMissing
from forum.comments.lifecycle import Reason
from forum.comments.models import Ground


@dataclass(frozen=True)
class ReasonEntry:
    """One reason.

    :param labels: what it is called, by language.
    :param legal_ground: the law it rests on, for `Ground.LAW`.
    """

    code: str
    ground: Ground
    labels: dict[str, str]
    legal_ground: str | None = None

    def label(self, language: str) -> str:
        """The label in `language`, else in English."""
        return self.labels.get(language, self.labels["en"])


_HOUSE, _LAW = Ground.HOUSE_RULE, Ground.LAW

_TABLE = (
    ("off_topic", _HOUSE, "Gaat niet over het artikel", "Not about the article", None),
    ("insult", _HOUSE, "Beledigt iemand of valt iemand persoonlijk aan", "Insults or attacks a person", None),
    ("shouting", _HOUSE, "Schreeuwt of is niet te volgen", "Shouts or cannot be followed", None),
    ("repetition", _HOUSE, "Herhaalt wat er al staat", "Repeats what is already there", None),
    ("advertising", _HOUSE, "Maakt reclame", "Advertises", None),
    ("unfounded_claim", _HOUSE, "Beschuldigt iemand zonder bron", "Accuses without a source", None),
    ("privacy", _LAW, "Noemt privégegevens van een ander", "Gives someone else's private details", "AVG, art. 6"),
    ("discrimination", _LAW, "Discrimineert of zet aan tot haat", "Discriminates or incites hatred",
     "Wetboek van Strafrecht, art. 137c en 137d"),
    ("threat", _LAW, "Bedreigt iemand", "Threatens someone", "Wetboek van Strafrecht, art. 285"),
    ("defamation", _LAW, "Smaad of laster", "Libel or slander", "Wetboek van Strafrecht, art. 261 en 262"),
    ("copyright", _LAW, "Schendt auteursrecht", "Infringes copyright", "Auteurswet, art. 1"),
)  # fmt: skip

REASONS = {
    code: ReasonEntry(code, ground, {"nl": dutch, "en": english}, law)
    for code, ground, dutch, english, law in _TABLE
}
"""Every reason by its code, in the order in which moderators are offered them."""


def label_of(code: str, language: str) -> str:
    """What a stored reason is called in `language`; a code of a later version shows as it is."""
    entry = REASONS.get(code)
    return code if entry is None else entry.label(language)


class UnknownReason(Unprocessable):
    """A reason code that is not in the table (422)."""

    message = ReasonMissing.message


def reason_for(code: str) -> Reason | None:
    """The reason behind a posted code; None for none.

    :raises UnknownReason: the code is not in the table.
    """
    if not code:
        return None
    entry = REASONS.get(code)
    if entry is None:
        raise UnknownReason
    return Reason(entry.code, entry.ground, entry.legal_ground)
