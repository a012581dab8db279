"""A text that stays without its writer holds the address in no spelling in which a link or a mail program reads it."""

from __future__ import annotations

import html
from urllib.parse import unquote

import pytest
from sqlalchemy import select

from forum import text
from forum.comments import erasing
from forum.comments.models import Commenter, State
from tests.comments.scene import Scene
from tests.factories import NOW, SIGNER

PLAIN, TAGGED, FOREIGN = "noor@lezers.example", "noor+krant@lezers.example", "zoë@bücher.example"
PUNYCODE = "xn--bcher-kva.example"
pytestmark = pytest.mark.parametrize("scene", ["sqlite"], indirect=True)
"""The kind of database has no part in it."""
READ_AS = ("lezers.example", "bücher.example", PUNYCODE)

PERCENT = [
    "https://x.example/?m=noor%40lezers.example",
    "https://x.example/?m=NOOR%40LEZERS.EXAMPLE",
    "https://x.example/?m=%6eoor%40lezers%2Eexample",
    "https://x.example/?m=%4E%6F%6F%72%40lezers.example",
    "https://x.example/?to=https%3A%2F%2Fy.example%2F%3Fm%3Dnoor%2540lezers.example",
    "[mail mij](https://x.example/?m=noor%40lezers.example)",
    "[mail mij](https://x.example/?m=noor&#64;lezers.example)",
    "[mail mij](https://x.example/?m=noor&#37;40lezers.example)",
    "<https://x.example/?m=noor%40lezers.example>",
    "mailto:noor%40lezers.example",
    "[mail mij](mailto:noor%40lezers.example)",
    "`noor%40lezers.example`",
]
PLUS = [
    "https://x.example/?m=noor%2Bkrant%40lezers.example",
    "https://x.example/?m=noor%2bkrant@lezers.example",
    "mailto:noor+krant%40lezers.example",
]
OTHER_LETTERS = [
    "Mail me: zoë@bücher.example",
    "Mail me: ZOË@BÜCHER.EXAMPLE",
    f"Mail me: zoë@{PUNYCODE}",
    f"Mail me: Zoë@{PUNYCODE.upper()}",
    f"https://x.example/?m=zo%C3%AB%40{PUNYCODE}",
    "https://x.example/?m=zo%c3%ab%40b%c3%bccher.example",
    "https://x.example/?m=ZO%C3%8B%40B%C3%9CCHER.example",
]


def left_after(scene: Scene, email: str, source: str) -> str:
    """What is kept of a text when its writer goes: as typed, as printed and as read."""
    comment = scene.comment(State.APPROVED, email=email, source=f"Eens met **alles**. {source}")
    commenter = scene.session.scalars(select(Commenter).where(Commenter.email == email)).one()
    erasing.erase_address(scene.session, SIGNER, commenter, keep_texts=True, now=NOW)
    kept = comment.published_revision
    assert kept is not None
    return "\n".join((kept.source, html.unescape(kept.html), text.plain_text(kept.html)))


def decoded(words: str) -> str:
    """As whoever follows the links reads it."""
    for _ in range(3):
        words = unquote(words)
    return words.lower()


@pytest.mark.parametrize(
    ("email", "source"),
    [(email, source) for email, sources in ((PLAIN, PERCENT), (TAGGED, PLUS)) for source in sources],
)
def test_the_address_goes_in_any_spelling_and_the_text_around_it_stays(
    scene: Scene, email: str, source: str
) -> None:
    left = decoded(left_after(scene, email, source))

    assert not any(domain in left for domain in READ_AS)
    assert "eens met" in left


@pytest.mark.parametrize("source", OTHER_LETTERS)
def test_so_it_does_in_letters_that_dns_does_not_know(scene: Scene, source: str) -> None:
    left = decoded(left_after(scene, FOREIGN, source))

    assert not any(domain in left for domain in READ_AS)
    assert "eens met" in left


def test_of_a_text_that_hides_it_over_and_over_nothing_stays(scene: Scene) -> None:
    escapes = ["&#46;", "&amp;#46;", "&amp;amp;#46;", "&amp;amp;amp;#46;"]

    left = left_after(scene, PLAIN, " en ".join(f"noor@lezers{escape}example" for escape in escapes))

    assert left.splitlines()[0] == erasing.LEFT_OUT


@pytest.mark.parametrize(
    "source", ["https://x.example/?m=karel%40lezers.example", "50%40 is 10", "noor apenstaart lezers.example"]
)
def test_what_is_not_the_address_stays_as_it_was(scene: Scene, source: str) -> None:
    left = left_after(scene, PLAIN, source)

    assert f"Eens met **alles**. {source}" in left


def test_marks_that_hide_nothing_stay_when_a_link_loses_the_address(scene: Scene) -> None:
    left = left_after(scene, PLAIN, "https://x.example/?m=noor%40lezers.example")

    assert "<strong>alles</strong>" in left
    assert f"https://x.example/?m={erasing.LEFT_OUT}" in left
