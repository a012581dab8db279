"""Style sheets and scripts: written in small files by subject, served joined, so that a page asks for one of each.

Nothing is built: the files are read and joined when they are first asked for (in debug mode each time). The address
holds a hash of the content, so browsers may keep it for ever.
"""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from flask import Blueprint, Flask, Response, current_app, request, url_for

from forum.base.errors import NotFound

BUNDLES: dict[str, tuple[str, ...]] = {
    "readers.css": (
        "css/tokens.css", "css/base.css", "css/layout.css", "css/components.css", "css/article.css",
        "css/thread.css", "css/form.css", "css/print.css",
    ),
    "staff.css": ("css/staff.css",),
    "writer.css": ("css/writer.css",),
    "theme.js": ("js/theme.js",),
    "email.js": ("js/email.js",),
    "staff.js": ("js/marking.js",),
    "readers.js": ("js/thread.js", "js/arrivals.js", "js/drafts.js", "js/tools.js", "js/writing.js"),
}  # fmt: skip
"""What is served under each name, in this order. `theme.js` runs before the page is painted, the others after;
`email.js` is loaded once somebody types an address."""

FOR_EVER = "public, max-age=31536000, immutable"
_TYPES = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8"}

bp = Blueprint("assets", __name__)


@dataclass(frozen=True)
class Asset:
    """One joined file."""

    name: str
    body: bytes

    @cached_property
    def fingerprint(self) -> str:
        """Part of its address: another content has another one."""
        return hashlib.sha256(self.body).hexdigest()[:12]

    @cached_property
    def gzipped(self) -> bytes:
        """The content as it travels to browsers that take gzip; all do."""
        return gzip.compress(self.body, mtime=0)


def join_bundle(name: str, folder: Path) -> Asset:
    """The files of a bundle, joined; each script in a function of its own, so that none sees another's names.

    :raises KeyError: there is no bundle of that name.
    :raises OSError: a file of it is not there.
    """
    contents = [(folder / file).read_bytes() for file in BUNDLES[name]]
    if name.endswith(".js"):
        contents = [b'(() => {\n"use strict";\n' + content + b"})();\n" for content in contents]
    return Asset(name, b"\n".join(contents))


class Assets:
    """The bundles of one application, each read once.

    :param is_fresh: read them anew each time, for whoever is writing them.
    """

    def __init__(self, folder: Path, *, is_fresh: bool) -> None:
        self._folder = folder
        self._is_fresh = is_fresh
        self._kept: dict[str, Asset] = {}

    def get(self, name: str) -> Asset:
        """The bundle of this name. :raises KeyError: there is none."""
        if name not in self._kept or self._is_fresh:
            self._kept[name] = join_bundle(name, self._folder)
        return self._kept[name]


def init_assets(app: Flask) -> None:
    """Serve the bundles, and give templates `asset("readers.css")`, the address of one."""
    app.extensions["forum_assets"] = Assets(Path(app.static_folder or ""), is_fresh=app.debug)
    app.register_blueprint(bp)
    app.jinja_env.globals["asset"] = asset_url


def asset_url(name: str) -> str:
    """The present address of a bundle."""
    assets: Assets = current_app.extensions["forum_assets"]
    return url_for("assets.serve_asset", fingerprint=assets.get(name).fingerprint, name=name)


@bp.get("/assets/<fingerprint>/<name>")
def serve_asset(fingerprint: str, name: str) -> Response:
    """One bundle. An old address gives the present content, which then must not be kept under it.

    :raises NotFound: there is no bundle of that name.
    """
    if name not in BUNDLES:
        raise NotFound
    assets: Assets = current_app.extensions["forum_assets"]
    asset = assets.get(name)
    takes_gzip = request.accept_encodings["gzip"] > 0
    response = Response(
        asset.gzipped if takes_gzip else asset.body, content_type=_TYPES[name.rpartition(".")[2]]
    )
    if takes_gzip:
        response.headers["Content-Encoding"] = "gzip"
    response.headers["Vary"] = "Accept-Encoding"
    response.headers["Cache-Control"] = FOR_EVER if fingerprint == asset.fingerprint else "no-store"
    return response
