"""Faces: initials and a colour, made of the shown name and of nothing else."""

from __future__ import annotations

import unicodedata

import pytest
from flask import Flask, get_template_attribute

from forum.web.avatars import COLOURS, avatar_of, initials
from tests.factories import Site
from tests.pages.pages import parse, with_class


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Noor de Wit", "NW"),
        ("noor de wit", "NW"),
        ("van der Berg, Jan", "JB"),
        ("Jan van der Berg", "JB"),
        ("Jan", "J"),
        ("  Jan  ", "J"),
        ("'t Hooft", "TH"),
        ("Éva Ödön", "ÉÖ"),
        ("A. B. C. de Boer", "AB"),
        ("Buurthuis 2", "B2"),
        ("ßabine Voß", "ßV"),
    ],
)
def test_initials_are_those_of_the_first_and_the_last_word(name: str, expected: str) -> None:
    assert initials(name) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [("محمد علي", "م"), ("王小明", "王"), ("דוד לוי", "ד"), ("नरेन्द्र मोदी", "न")],
    ids=["Arabic", "Chinese", "Hebrew", "Devanagari"],
)
def test_a_script_without_capitals_has_one_initial(name: str, expected: str) -> None:
    assert initials(name) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [("🦊 Vos", "V"), ("Vos 🦊🦊", "V"), ("🦊🦊", "•"), ("", "•"), (" , ", "•"), ("–", "•"), (",,Jan,", "J")],
)
def test_what_cannot_be_read_does_not_count(name: str, expected: str) -> None:
    assert initials(name) == expected


def test_the_same_name_has_the_same_face_however_it_was_typed() -> None:
    decomposed = unicodedata.normalize("NFD", "Éva Ödön")

    faces = {avatar_of(name) for name in ("Éva Ödön", "éva ödön", decomposed, " Éva Ödön ")}

    assert len(faces) == 1


def test_a_name_that_was_erased_has_a_face_too() -> None:
    assert avatar_of(None) == avatar_of("")


def test_names_spread_over_all_twelve_colours() -> None:
    colours = {avatar_of(f"Naam {n}").colour for n in range(200)}

    assert colours == set(range(COLOURS))


def test_two_people_of_one_name_cannot_be_told_apart_by_their_faces(site: Site) -> None:
    """The address has no part in a face."""
    for address in ("noor@lezers.example", "een.ander@lezers.example"):
        site.approved(name="Noor de Wit", email=address, source=f"Geschreven door {address[:4]}.")

    page = site.moderator().get("/moderation?state=approved").text

    faces = [
        avatar.get("class")
        for item in with_class(parse(page), "queue-item")
        for avatar in with_class(item, "avatar")
    ]
    assert len(faces) == 2
    assert len(set(faces)) == 1


def test_a_face_is_not_read_out_and_holds_no_markup_of_the_name(sqlite_app: Flask) -> None:
    with sqlite_app.app_context():
        drawn = str(get_template_attribute("components/avatars.html", "avatar")("<b>x</b> &amp;"))

    assert 'aria-hidden="true"' in drawn
    assert "<b>" not in drawn
    assert "style=" not in drawn
