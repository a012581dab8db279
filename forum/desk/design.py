"""What the page of components shows: made-up people and texts, among them the awkward ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from forum.articles.models import ArticleKind
from forum.comments.models import Badge
from forum.web.avatars import COLOURS, avatar_of

NAME = "Noor de Wit"
LONG_NAME = "Maximiliaan Alexander van Rechteren tot Limpurg en Speckfeld-Almelo"
LONG_WORD = "Kindercarnavalsoptochtvoorbereidingswerkzaamhedencomitéleden"
RIGHT_TO_LEFT_NAME = "نور الدين الحسيني"
RIGHT_TO_LEFT_TEXT = "أتفق مع الكاتب، لكن من يدفع ثمن القهوة؟"

_FIRST_NAMES = (
    "Aisha Bas Chen Daan Eva Fatima Gijs Hanna Ilse Jan Kim Lars Mo Noor Omar Priya Quint Roos Sem Teun Ümit Vera "
    "Wim Xena Yara Zoë"
)

COLOUR_TOKENS = (
    "paper", "raised", "sunken", "ink", "muted", "line", "line-strong", "accent", "accent-deep", "on-accent", "tint",
    "error", "error-tint", "warning", "warning-tint", "success", "success-tint",
)  # fmt: skip
"""The colours of `static/css/tokens.css`."""


@dataclass(frozen=True)
class SamplePerson:
    """Somebody in a byline."""

    name: str


@dataclass(frozen=True)
class SampleByline:
    """A person, and as what."""

    person: SamplePerson
    text: str = ""


@dataclass(frozen=True)
class SampleArticle:
    """As much of an article as a byline shows."""

    bylines: Sequence[SampleByline]
    kind: ArticleKind = ArticleKind.OPINION
    published_at: datetime = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)


@dataclass(frozen=True)
class Samples:
    """Everything that the page of components puts into components."""

    name: str = NAME
    long_name: str = LONG_NAME
    long_word: str = LONG_WORD
    right_to_left_name: str = RIGHT_TO_LEFT_NAME
    right_to_left_text: str = RIGHT_TO_LEFT_TEXT
    badges: Sequence[Badge] = tuple(Badge)
    colours: Sequence[str] = COLOUR_TOKENS
    faces: Sequence[str] = field(default_factory=lambda: one_name_a_colour())
    articles: Sequence[SampleArticle] = (
        SampleArticle([SampleByline(SamplePerson(NAME), "adviseur bij Kennisbank Samenleven")]),
        SampleArticle(
            [
                SampleByline(SamplePerson(LONG_NAME), LONG_WORD),
                SampleByline(SamplePerson(RIGHT_TO_LEFT_NAME)),
                SampleByline(SamplePerson("Jan")),
            ],
            ArticleKind.NEWS,
        ),
    )


def one_name_a_colour() -> Sequence[str]:
    """For each of the twelve colours of faces, in their order, a name that has it."""
    names = {avatar_of(name).colour: name for name in _FIRST_NAMES.split()}
    return [names[colour] for colour in range(COLOURS) if colour in names]
