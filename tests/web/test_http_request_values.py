"""What stands in an address: numbers, and where to go on to."""

from __future__ import annotations

import pytest

from forum.base.errors import NotFound
from forum.web.request_values import is_own_path, positive_int


@pytest.mark.parametrize("raw", ["1", "25", "999999999999999999"])
def test_a_positive_number_is_read(raw: str) -> None:
    assert positive_int(raw) == int(raw)


@pytest.mark.parametrize(
    "raw", [None, "", "0", "-1", "+1", "1.0", "1e3", " 1", "1 ", "01", "١", "9" * 19, "9" * 5000, "\0", "1\0"]
)
def test_anything_else_names_no_page(raw: str | None) -> None:
    with pytest.raises(NotFound):
        positive_int(raw)


def test_an_absent_number_takes_the_default() -> None:
    assert positive_int(None, default=1) == 1


@pytest.mark.parametrize(
    "target", ["/", "/desk", "/moderation?state=spam&q=a%20b#top", "/articles/een-artikel"]
)
def test_a_path_of_this_site_is_ours(target: str) -> None:
    assert is_own_path(target)


@pytest.mark.parametrize(
    "target",
    [
        "", "desk", "https://evil.example/", "//evil.example/", "///evil.example", "/\\evil.example",
        "\\\\evil.example", "http:evil.example", "javascript:alert(1)", " //evil.example", "\t//evil.example",
        "/\t/evil.example", "/\n/evil.example", "/\r\nSet-Cookie: a=b", "/\x00/evil", "\u2028//evil.example",
        "/desk\\evil", "https://localhost@evil.example/", "/é",
    ],
)  # fmt: skip
def test_what_a_browser_could_take_for_another_site_is_not_ours(target: str) -> None:
    assert not is_own_path(target)
