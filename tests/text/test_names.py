"""Names that can be taken for each other."""

from __future__ import annotations

import pytest

from forum.text import skeleton


@pytest.mark.parametrize(
    "typed",
    [
        "noor de wit",
        "NOOR DE WIT",
        "Noor-de-Wit.",
        "N00r de Wit",
        "Νοοr dе Wіt",
        "Ｎｏｏｒ ｄｅ Ｗｉｔ",
        "Nöör dé Wït",
        "No\u200bor de W\u00adit",
        "Noor de VVit",
        "Noor de Wlt",
        "𝓝𝓸𝓸𝓻 𝓭𝓮 𝓦𝓲𝓽",
    ],
)
def test_a_name_that_looks_the_same_has_the_same_skeleton(typed: str) -> None:
    assert skeleton(typed) == skeleton("Noor de Wit")


@pytest.mark.parametrize("typed", ["Noor de Wilt", "Noor Wit", "Noortje de Wit", "Sam"])
def test_another_name_has_another_skeleton(typed: str) -> None:
    assert skeleton(typed) != skeleton("Noor de Wit")


def test_marks_and_spaces_alone_have_no_skeleton() -> None:
    assert skeleton(" \u200b\u0301 -") == ""


def test_two_strokes_read_as_one_letter() -> None:
    assert skeleton("Arnout") == skeleton("Amout")
