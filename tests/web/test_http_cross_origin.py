"""Another site cannot make a browser post here; what is no browser may."""

from __future__ import annotations

import pytest

from forum.web.cross_origin import is_cross_origin
from tests.factories import Site, comment_fields, csrf_token

HOST = "forum.example"


@pytest.mark.parametrize(
    ("sec_fetch_site", "origin", "refused"),
    [
        (None, None, False),
        ("same-origin", None, False),
        ("none", None, False),
        ("same-site", None, True),
        ("cross-site", None, True),
        ("", None, True),
        ("SAME-ORIGIN", None, True),
        ("same-origin", "https://evil.example", False),
        ("cross-site", f"https://{HOST}", True),
        (None, f"https://{HOST}", False),
        (None, f"http://{HOST}", False),
        (None, f"https://{HOST}:8443", True),
        (None, "https://evil.example", True),
        (None, f"https://{HOST}.evil.example", True),
        (None, f"https://evil.example/{HOST}", True),
        (None, f"https://user@{HOST}", True),
        (None, "null", True),
        (None, "", True),
        (None, "http://[::1", True),
        (None, HOST, True),
    ],
)
def test_what_a_browser_says_about_where_a_post_comes_from(
    sec_fetch_site: str | None, origin: str | None, refused: bool
) -> None:
    asked = {"host": HOST, "sec_fetch_site": sec_fetch_site, "origin": origin}

    assert is_cross_origin(method="POST", **asked) is refused  # type: ignore[arg-type]


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_looking_is_allowed_from_anywhere(method: str) -> None:
    assert not is_cross_origin(
        method=method, host=HOST, sec_fetch_site="cross-site", origin="https://evil.example"
    )


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_changing_is_not(method: str) -> None:
    assert is_cross_origin(method=method, host=HOST, sec_fetch_site="cross-site", origin=None)


def test_a_comment_from_another_site_is_refused_and_its_text_kept(site: Site) -> None:
    fields = comment_fields(body="Wat ik met zorg heb opgeschreven.")

    for headers in (
        {"Sec-Fetch-Site": "cross-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "http://[::1"},
    ):
        answer = site.reader().post(f"/articles/{site.slug}/comments", data=fields, headers=headers)

        assert answer.status_code == 403
        assert fields["body"] in answer.text


def test_a_browser_on_this_site_and_a_program_may_comment(site: Site) -> None:
    for headers in (
        {"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost"},
        {"Origin": "http://localhost"},
        {},
    ):
        answer = site.reader().post(f"/articles/{site.slug}/comments", data=comment_fields(), headers=headers)

        assert answer.status_code == 303


@pytest.mark.parametrize(
    "path", ["/login", "/logout", "/moderation/decisions", "/articles/{slug}/replies/new"]
)
def test_a_staff_form_from_another_site_is_refused_even_with_its_token(site: Site, path: str) -> None:
    moderator = site.moderator()
    token = csrf_token(moderator)

    answer = moderator.post(
        path.format(slug=site.slug), data={"csrf_token": token}, headers={"Sec-Fetch-Site": "cross-site"}
    )

    assert answer.status_code == 403
    assert moderator.get("/desk").status_code == 200
