"""Which comments a browser sent in that wait for proof: a signed cookie, set with the answer to the post.

The link to a submission page can be passed on, and stands in a history that others may read. Only the browser that a
comment came from is shown its address there, and can correct it: who has the address has the comment.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import Response
from flask_babel import lazy_gettext as _

from forum.base.errors import NotAllowed
from forum.web.signed_cookies import SignedCookie

KEPT_FOR = timedelta(days=7)
"""Where nothing else is set."""
MAX_COMMENTS = 20

_cookie = SignedCookie("posted", KEPT_FOR)


class NotSentFromHere(NotAllowed):
    """Another browser sent the comment in, or this one did not keep the cookie (403)."""

    message = _(
        "Only the browser from which a comment was sent can give it another address, and only if it keeps cookies of "
        "this site."
    )


def remember_post(response: Response, comment_id: int, *, now: datetime, lasts: timedelta = KEPT_FOR) -> None:
    """Have the browser keep that this comment came from it.

    :param lasts: how long an unconfirmed comment is kept.
    """
    kept: list[int | str] = [comment_id]
    kept += [other for other in _cookie.read(now=now) or [] if isinstance(other, int) and other != comment_id]
    _cookie.set(response, kept[:MAX_COMMENTS], now=now, lasts=lasts)


def was_sent_from_here(comment_id: int, *, now: datetime) -> bool:
    """Whether the comment came from the browser that sent this request."""
    return comment_id in (_cookie.read(now=now) or [])


def forget_posts(response: Response) -> None:
    """Have the browser forget what came from it."""
    _cookie.delete(response)


def masked(email: str) -> str:
    """An address that its owner knows again, and nobody else can use: `n…@l….example`."""
    local, _at, domain = email.partition("@")
    host, _dot, ending = domain.rpartition(".")
    return f"{local[:1]}…@{host[:1]}….{ending}"
