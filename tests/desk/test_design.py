"""The page of components: every part of the site in every state, for whoever changes the look."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from forum.config import PROJECT_ROOT
from forum.desk.design import COLOUR_TOKENS, one_name_a_colour
from forum.web.avatars import COLOURS, avatar_of
from tests.factories import Site
from tests.pages.pages import parse, with_class


def _page(site: Site) -> str:
    answer = site.author().get("/desk/design")
    assert answer.status_code == 200
    return answer.text


def test_the_page_of_components_answers_staff_and_nobody_else(site: Site) -> None:
    assert site.reader().get("/desk/design").status_code == 302
    assert site.moderator().get("/desk/design").status_code == 200


@pytest.mark.parametrize(
    "part",
    ["primary", "danger", "quiet", "is-hover", "is-focus", "has-error", "check", "success", "warning", "error-summary",
     "status-region", "badge", "tag", "byline", "pagination", "empty", "confirm", "data-table", "answered"],
)  # fmt: skip
def test_every_component_is_shown(site: Site, part: str) -> None:
    assert with_class(parse(_page(site)), part)


def test_all_twelve_colours_of_faces_are_shown(site: Site) -> None:
    shown = {
        name
        for face in with_class(parse(_page(site)), "avatar")
        for name in (face.get("class") or "").split()
    }

    assert {f"avatar-{n}" for n in range(COLOURS)} <= shown
    assert [avatar_of(name).colour for name in one_name_a_colour()] == list(range(COLOURS))


def test_every_colour_token_has_its_swatch() -> None:
    tokens = (PROJECT_ROOT / "static" / "css" / "tokens.css").read_text(encoding="utf-8")
    sheet = (PROJECT_ROOT / "static" / "css" / "staff.css").read_text(encoding="utf-8")

    assert set(re.findall(r"--([a-z-]+): light-dark", tokens)) == set(COLOUR_TOKENS)
    assert set(re.findall(r"\.swatch-([a-z-]+) ", sheet)) == set(COLOUR_TOKENS)


def test_labels_hints_and_errors_belong_to_their_fields(site: Site) -> None:
    page = parse(_page(site))
    ids = Counter(element.get("id") for element in page.iter() if element.get("id"))

    named = [label.get("for") for label in page.iter("label") if label.get("for")]
    described = [
        reference for element in page.iter() for reference in (element.get("aria-describedby") or "").split()
    ]

    assert max(ids.values()) == 1
    assert set(named) | set(described) <= ids.keys()
    assert {field.get("id") for field in page.iter() if field.get("aria-invalid") == "true"} == {
        "sample-error",
        "sample-select-error",
        "sample-text-error",
        "sample-check-error",
    }
