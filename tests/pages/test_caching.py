"""A page that anyone may cache holds nothing of the one who asked; a decision shows in the next answer."""

from __future__ import annotations

import time
from typing import Any

import pytest

from forum.web.versions import PolledVersions
from tests.factories import Site, csrf_token

MARKER = "marker-8c1f"
VISITORS: list[dict[str, Any]] = [
    {"headers": {"Cookie": f"name={MARKER}; email={MARKER}@lezers.example"}},
    {"headers": {"Cookie": f"weerwoord={MARKER}"}},
    {"headers": {"Cookie": f"remember_token={MARKER}; csrf={MARKER}; session={MARKER}"}},
    {"headers": {"User-Agent": MARKER, "Accept-Language": "en", "Accept": MARKER, "Referer": f"https://{MARKER}.example/"}},
    {"headers": {"X-Forwarded-For": "203.0.113.9", "X-Real-IP": "203.0.113.9", "Forwarded": f"for={MARKER}"}},
    {"headers": {"X-Forwarded-Host": MARKER, "X-Forwarded-Proto": "https", "X-Forwarded-Prefix": f"/{MARKER}"}},
    {"headers": {"Host": f"{MARKER}.example"}},
    {"headers": {"Authorization": f"Basic {MARKER}", "Authentication-Token": MARKER}},
    {"headers": {"Accept-Encoding": "br", "Range": "bytes=0-10", "If-Modified-Since": "Thu, 01 Jan 2026 00:00:00 GMT"}},
    {"headers": {"X-Original-URL": f"/{MARKER}", "X-HTTP-Method-Override": "POST", "Cache-Control": "no-cache"}},
    {"query_string": {"utm_source": MARKER, "email": f"{MARKER}@lezers.example"}},
    {"environ_overrides": {"REMOTE_ADDR": "203.0.113.9", "REMOTE_USER": MARKER}},
    {"base_url": f"https://{MARKER}.example"},
    {"data": {"name": MARKER}},
]  # fmt: skip


def _get(site: Site, path: str, visitor: dict[str, Any]) -> Any:
    client = site.app.test_client(use_cookies=False)
    return client.get(path, **visitor)


def _decide(site: Site, comment_id: int, action: str, version: int, **form: str) -> None:
    moderator = site.moderator()
    form |= {"action": action, "version": str(version), "csrf_token": csrf_token(moderator)}
    answer = moderator.post(f"/moderation/comments/{comment_id}/decisions", data=form)
    assert answer.status_code == 303


@pytest.mark.parametrize("visitor", VISITORS, ids=lambda visitor: str(next(iter(visitor.values())))[:40])
@pytest.mark.parametrize("first", [True, False], ids=["first to ask", "from memory"])
def test_a_public_page_is_the_same_whoever_asks(site: Site, visitor: dict[str, Any], first: bool) -> None:
    site.approved()
    pages = ("/", f"/articles/{site.slug}", "/privacy")
    if not first:
        plain = [_get(site, path, {}) for path in pages]
        answers = [_get(site, path, visitor) for path in pages]
    else:
        answers = [_get(site, path, visitor) for path in pages]
        plain = [_get(site, path, {}) for path in pages]

    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert [answer.data for answer in answers] == [answer.data for answer in plain]
    assert [answer.headers for answer in answers] == [answer.headers for answer in plain]
    for answer in answers:
        assert MARKER not in answer.text + str(answer.headers)
        assert "203.0.113.9" not in answer.text + str(answer.headers)
        assert "Set-Cookie" not in answer.headers


def test_anyone_may_keep_a_public_page_but_asks_each_time(site: Site) -> None:
    for path in ("/", f"/articles/{site.slug}", "/privacy"):
        answer = site.reader().get(path)

        assert answer.headers["Cache-Control"] == "public, no-cache"
        assert answer.headers["ETag"].startswith('"')
        assert answer.headers["Vary"] == "Accept-Encoding"


def test_a_page_that_did_not_change_is_not_sent_again(site: Site) -> None:
    path = f"/articles/{site.slug}"
    tag = site.reader().get(path).headers["ETag"]

    again = site.reader().get(path, headers={"If-None-Match": tag})
    site.approved()
    changed = site.reader().get(path, headers={"If-None-Match": tag})

    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", tag)
    assert again.headers["Cache-Control"] == "public, no-cache"
    assert changed.status_code == 200
    assert changed.headers["ETag"] != tag


def test_head_gives_the_headers_of_the_page(site: Site) -> None:
    path = f"/articles/{site.slug}"
    page, head = site.reader().get(path), site.reader().head(path)

    assert (head.status_code, head.data) == (200, b"")
    assert head.headers == page.headers


def _make_time_pass(site: Site, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A function that moves the clock of PostgreSQL's page versions on by 200 ms; SQLite looks at none."""
    versions = site.app.wsgi_app._versions  # type: ignore[attr-defined]
    passed = [0.0]
    if isinstance(versions, PolledVersions):
        monkeypatch.setattr(versions, "_clock", lambda: time.monotonic() + passed[0])

    def on() -> None:
        passed[0] += 0.2

    return on


def test_a_decision_shows_in_the_next_answer(both_sites: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    let_200_ms_pass = _make_time_pass(both_sites, monkeypatch)
    comment_id = both_sites.comment(source="Straks te lezen.")
    path = f"/articles/{both_sites.slug}"
    shown, counted = [], []

    for action, version, form in (
        ("", 0, {}), ("approve", 1, {}), ("remove", 2, {"reason": "insult"}), ("undo", 3, {}), ("spam", 4, {}),
    ):  # fmt: skip
        if action:
            _decide(both_sites, comment_id, action, version, **form)
            let_200_ms_pass()
        shown.append("Straks te lezen." in both_sites.reader().get(path).text)
        counted.append(both_sites.reader().get("/").text)

    assert shown == [False, True, False, True, False]
    assert [page == counted[0] for page in counted] == [True, False, True, False, True]


def test_staff_see_their_links_in_a_page_that_nobody_keeps(site: Site) -> None:
    comment_id = site.approved()
    path = f"/articles/{site.slug}"
    guest = site.reader().get(path).text

    staff = {"author": site.author().get(path), "moderator": site.moderator().get(path)}

    for answer in staff.values():
        assert answer.headers["Cache-Control"] == "no-store"
        assert "ETag" not in answer.headers
        assert f"/articles/{site.slug}/replies/new?parent={comment_id}" in answer.text
    assert f"/moderation/comments/{comment_id}" in staff["moderator"].text
    assert f"/moderation/comments/{comment_id}" not in staff["author"].text
    assert "/replies/new" not in guest
    assert site.reader().get(path).text == guest


@pytest.mark.parametrize("path", ["/", "/privacy", "/articles/{slug}"])
def test_a_made_up_session_is_served_what_everyone_is_served(site: Site, path: str) -> None:
    address = path.format(slug=site.slug)
    client = site.reader()
    client.set_cookie("weerwoord", MARKER)

    forged = client.get(address)

    assert forged.status_code == 200
    assert MARKER not in forged.text
    assert forged.data == site.reader().get(address).data
    assert forged.headers["Cache-Control"] == "public, no-cache"


def test_reading_sets_no_cookie(site: Site) -> None:
    comment_id = site.approved()
    reader = site.reader()

    paths = ["/", f"/articles/{site.slug}", "/privacy", f"/articles/{site.slug}/comments/new",
             f"/comments/{comment_id}", "/nergens", "/static/js/writing.js", "/healthz"]  # fmt: skip
    answers = [reader.get(path, buffered=True) for path in paths]
    answers.append(site.post(reader))

    assert not [answer.request.path for answer in answers if "Set-Cookie" in answer.headers]
