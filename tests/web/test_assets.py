"""Style sheets and scripts travel joined, squeezed and kept for ever under the address of their content."""

from __future__ import annotations

import gzip
import re

import pytest
from flask import Flask

from forum.web.assets import BUNDLES, FOR_EVER
from tests.factories import Site

MAX_READERS_CSS_BYTES = 40_000
MAX_READERS_JS_BYTES = 25_000
MAX_STAFF_JS_BYTES = 80_000


def _address(site: Site, name: str) -> str:
    page = site.reader().get(f"/articles/{site.slug}").text
    found = re.search(rf'"(/assets/[0-9a-f]+/{re.escape(name)})"', page)
    assert found is not None
    return found[1]


def _size(app: Flask, *names: str) -> int:
    return sum(len(app.extensions["forum_assets"].get(name).body) for name in names if name in BUNDLES)


def test_an_asset_may_be_kept_for_ever_under_the_address_of_its_content(site: Site) -> None:
    answer = site.reader().get(_address(site, "readers.css"))

    assert answer.headers["Cache-Control"] == FOR_EVER
    assert answer.content_type.startswith("text/css")


def test_an_old_address_gives_the_present_content_and_is_not_kept(site: Site) -> None:
    answer = site.reader().get("/assets/000000000000/readers.css")

    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")


def test_a_browser_that_takes_gzip_gets_the_same_content_squeezed(site: Site) -> None:
    address, reader = _address(site, "readers.css"), site.reader()

    squeezed = reader.get(address, headers={"Accept-Encoding": "gzip, br"})

    assert squeezed.headers["Content-Encoding"] == "gzip"
    assert squeezed.headers["Vary"] == "Accept-Encoding"
    assert gzip.decompress(squeezed.data) == reader.get(address).data


@pytest.mark.parametrize("name", ["other.css", "../config.py", "readers.css.map"])
def test_what_is_no_bundle_is_not_found(site: Site, name: str) -> None:
    assert site.reader().get(f"/assets/000000000000/{name}").status_code == 404


def test_readers_load_little(app: Flask) -> None:
    assert _size(app, "readers.css") <= MAX_READERS_CSS_BYTES
    assert _size(app, "theme.js", "readers.js") <= MAX_READERS_JS_BYTES
    assert _size(app, "staff.js") <= MAX_STAFF_JS_BYTES


def test_no_style_or_script_names_another_host(app: Flask) -> None:
    contents = [app.extensions["forum_assets"].get(name).body.decode() for name in BUNDLES]

    assert not [
        found for content in contents for found in re.findall(r"(?:https?:)?//[a-z0-9-]+\.[a-z]", content)
    ]
