"""Telling a person who presses a button from a mail scanner that follows links.

Scanners fetch links with HEAD and GET, run the scripts of the page, and some POST to the address or send the page's
form. So a link from a mail only opens a page, and the button on it counts when three things hold:

- the form carries the signed mark of that page, not older than `PRESS_WITHIN`, and the browser brings the cookie that
  came with the page (a scanner's separate requests do not);
- the press comes at least `LOOK_AT_LEAST` after the page was made: nobody reads faster, machines do;
- it is a form that was sent, not a script's own request, and a browser that tells whether a person acted
  (`Sec-Fetch-Mode` and `Sec-Fetch-User`, Fetch Metadata, W3C) does not leave that out. Safari, old browsers and
  those without scripts are not asked for what they do not send.

What was pressed stays the business of the view; it must be safe to press twice.
"""

from __future__ import annotations

import re
import secrets
from datetime import datetime, timedelta
from typing import cast

from flask import Response, current_app, make_response, render_template, request
from flask_babel import lazy_gettext as _

from forum.base.errors import Refusal, Unprocessable
from forum.base.signing import Signer, TokenExpired
from forum.config import Settings
from forum.web.signed_cookies import SignedCookie

PRESS_WITHIN = timedelta(minutes=30)
LOOK_AT_LEAST = timedelta(seconds=1)
FIELD = "press"
"""The hidden field of the form that carries the mark."""

_cookie = SignedCookie("press", PRESS_WITHIN)
_TELLS = re.compile(r"\b(?P<name>Chrome|Chromium|Firefox)/(?P<version>\d{1,4})")
"""Browsers that tell of their user's acts, as they name themselves; on iOS they are Safari, and have other names."""
_TELLS_SINCE = {"Chrome": 80, "Chromium": 80, "Firefox": 90}
"""The versions from which they do, over https."""


class NotPressed(Unprocessable):
    """No person pressed the button, or the page lay open too long (422). Show the page again, with a new mark."""

    message = _("Press the button once more, please.")


class NoCookie(NotPressed):
    """The browser did not bring the cookie that came with the page (422)."""

    message = _(
        "Your browser did not keep the cookie of this page, so we cannot see that it was you. Allow cookies for this "
        "site, and press the button once more."
    )


class PressedTooSoon(NotPressed):
    """The press came before anybody can have read the page (422)."""

    message = _("That went so fast that it could have been a program. Press the button once more, please.")


def page_with_button(
    signer: Signer,
    what: str,
    template: str,
    *,
    refusal: Refusal | None = None,
    now: datetime,
    **values: object,
) -> Response:
    """The page about `what` (the link's token) with a button that a person has to press.

    :param template: gets `mark` for the form's field `FIELD`, and `refusal`: why the last press did not count.
    """
    mark, secret = mark_of_page(signer, what, now=now)
    html = render_template(template, mark=mark, refusal=refusal, **values)
    response = make_response(html, refusal.status if refusal is not None else 200)
    keep(response, secret, now=now)
    return response


def mark_of_page(signer: Signer, what: str, *, now: datetime) -> tuple[str, str]:
    """The mark for the form of a page about `what` (the link's token), and the secret for `keep`.

    Pages that lie open beside each other in one browser share a secret, so that each of them can be pressed.
    """
    kept = _cookie.read(now=now)
    secret = str(kept[0]) if kept else secrets.token_urlsafe(12)
    payload: list[int | str] = [what, secret, int(now.timestamp() * 1000)]
    return signer.make_expiring_token("press", payload, expires_at=now + PRESS_WITHIN), secret


def keep(response: Response, secret: str, *, now: datetime) -> None:
    """Give the browser the cookie that belongs to the page's mark."""
    _cookie.set(response, [secret], now=now)


def check_press(signer: Signer, what: str, mark: str, *, now: datetime) -> None:
    """Whether a person pressed the button of the page about `what`.

    :param mark: what the form's field `FIELD` brought.
    :raises NotPressed: nobody did.
    """
    try:
        payload = signer.read_expiring_token("press", mark, now=now)
    except TokenExpired:
        raise NotPressed from None
    if payload is None or len(payload) != 3 or payload[0] != what or _was_a_script():
        raise NotPressed
    kept = _cookie.read(now=now)
    if kept is None:
        raise NoCookie
    if kept != [payload[1]]:
        raise NotPressed
    made_at_ms = cast("int", payload[2])
    if now.timestamp() * 1000 - made_at_ms < LOOK_AT_LEAST.total_seconds() * 1000:
        raise PressedTooSoon


def _was_a_script() -> bool:
    """Whether a browser that tells of its user's acts says that this was none of them.

    Chromium and Firefox send `Sec-Fetch-User` with what a person set off, and only then. No script of ours presses, so
    a request that is no navigation is somebody else's.
    """
    mode = request.headers.get("Sec-Fetch-Mode")
    if mode is None:
        settings: Settings = current_app.extensions["forum_settings"]
        return settings.is_https and _tells_of_acts()
    if mode != "navigate":
        return True
    return _tells_of_acts() and request.headers.get("Sec-Fetch-User") != "?1"


def _tells_of_acts() -> bool:
    """Whether this browser says of itself that it is one that tells of its user's acts."""
    named = _TELLS.search(request.headers.get("User-Agent", ""))
    if named is not None:
        return int(named["version"]) >= _TELLS_SINCE[named["name"]]
    return "Sec-CH-UA" in request.headers
