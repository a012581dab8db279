"""The checks only tell a moderator where to look; they refuse nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from forum.spam import Facts, HoldReason, assess
from tests.factories import NOW


def facts(**values: Any) -> Facts:
    ordinary: dict[str, Any] = {
        "name": "Noor de Wit",
        "html": "<p>Een rustige tekst.</p>",
        "honeypot": "",
        "started_at": NOW - timedelta(minutes=2),
        "received_at": NOW,
        "staff_names": ("Mirjam Aarts", "Paul Verbeek"),
    }
    return Facts(**ordinary | values)


def test_an_ordinary_comment_gives_no_reason() -> None:
    assert assess(facts()) == []


def test_no_evidence_gives_no_reason() -> None:
    assert assess(facts(started_at=None)) == []


@pytest.mark.parametrize(
    ("seconds", "reasons"),
    [
        (0, [HoldReason("too_fast", "0")]),
        (4.9, [HoldReason("too_fast", "4")]),
        (5, []),
        (-0.1, []),
        (-3_600, []),
        (86_400 * 30, []),
    ],
)
def test_less_than_five_seconds_from_first_key_to_post_is_told(
    seconds: float, reasons: list[HoldReason]
) -> None:
    assert assess(facts(started_at=NOW - timedelta(seconds=seconds))) == reasons


@pytest.mark.parametrize("honeypot", ["x", " ", "gratis geld"])
def test_a_filled_honeypot_is_told(honeypot: str) -> None:
    assert assess(facts(honeypot=honeypot)) == [HoldReason("honeypot")]


@pytest.mark.parametrize(
    ("links", "reasons"), [(1, []), (2, [HoldReason("links", "2")]), (9, [HoldReason("links", "9")])]
)
def test_two_links_or_more_are_told(links: int, reasons: list[HoldReason]) -> None:
    assert assess(facts(html='<p><a href="https://a.example">a</a></p>' * links)) == reasons


@pytest.mark.parametrize(
    "name",
    ["Mirjam Aarts", "mirjam aarts", "MIRJAM AARTS", "Mirjam  Aarts", "Mirjam-Aarts", "MirjamAarts", "Mírjam Äarts",
     "Mirjаm Aаrts", "Mlrjam Aarts", "M1rjam Aarts", "ＭＩＲＪＡＭ ＡＡＲＴＳ", "Mirjam Aarts!", "Mi\u200brjam Aarts"],
)  # fmt: skip
def test_a_name_that_reads_like_that_of_a_member_of_staff_is_told(name: str) -> None:
    assert assess(facts(name=name)) == [HoldReason("staff_name", "Mirjam Aarts")]


@pytest.mark.parametrize("name", ["Mirjam", "Aarts", "Mirjam Aartsen", "Marjan Aarts", "!!!", "👍"])
def test_another_name_is_not(name: str) -> None:
    assert assess(facts(name=name)) == []


def test_a_name_without_letters_is_like_no_other_without_letters() -> None:
    assert assess(facts(name="???", staff_names=("!!!",))) == []


def test_all_reasons_are_told_in_the_order_of_the_queue() -> None:
    found = assess(
        facts(
            name="Paul Verbeek", honeypot="x", started_at=NOW,
            html='<a href="https://a.example">a</a><a href="https://b.example">b</a>',
        )
    )  # fmt: skip

    assert [reason.code for reason in found] == ["staff_name", "honeypot", "too_fast", "links"]
