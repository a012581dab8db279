"""The second parser finds what it is there for."""

from __future__ import annotations

import pytest

from tests.text.second_parser import violations

LINK = '<a href="https://voorbeeld.nl" rel="ugc nofollow noopener noreferrer">x</a>'


def test_a_well_made_comment_has_no_violations() -> None:
    assert violations(f"<p>Dag<br>\n{LINK}</p>\n<ul>\n<li>een</li>\n</ul>") == []


@pytest.mark.parametrize(
    "html",
    [
        "<p><script>x</script></p>",
        "<p><span>x</span></p>",
        "<h2>x</h2>",
        '<p onclick="x">x</p>',
        '<p class="x">x</p>',
        "<p>x",
        "<p><b>x</p></b>",
        "<p>a < b</p>",
        "<p>x\x07</p>",
        "<p>\u202ex</p>",
        LINK.replace("https:", "javascript:"),
        LINK.replace("https:", ""),
        LINK.replace("https://", "https://bank.nl@"),
        LINK.replace("ugc ", ""),
        LINK.replace(' href="https://voorbeeld.nl"', ""),
        f"<p>{LINK.replace('>x<', f'>{LINK}<')}</p>",
        "<svg></svg>",
        "<math></math>",
        "<!-- x -->",
    ],
)
def test_a_violation_is_found(html: str) -> None:
    assert violations(html) != []


@pytest.mark.parametrize("html", ["<h2>x</h2>", '<ol start="3"><li>x</li></ol>', "<hr>"])
def test_the_article_profile_is_wider(html: str) -> None:
    assert violations(html, profile="article") == []
    assert violations(html, profile="comment") != []
