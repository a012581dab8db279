"""The session of a writer's own page: a cookie of its own, two hours since the last use and twelve in all, beside no
staff session.

`writer_door` answers `WriterUnknown`: a look is sent to the door, a posted form gets its text back.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import Response, after_this_request
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session

from forum.base.errors import NotAllowed
from forum.base.signing import Signer
from forum.comments.commenters import get_marked_commenter, mark_of
from forum.comments.models import Commenter
from forum.web.signed_cookies import SignedCookie

OPEN_FOR = timedelta(hours=2)
"""How long the page stays open after it was last used."""
OPEN_AT_MOST = timedelta(hours=12)
"""How long it stays open in all, however often it is used: a copy of the cookie is worth no more than that."""

_cookie = SignedCookie("writer", OPEN_FOR)


class WriterUnknown(NotAllowed):
    """Nobody has opened their own page in this browser, or no longer (403; a look: 303 to the door)."""

    message = _(
        "Your page was closed: two hours after you last used it, or twelve hours after you opened it. "
        "Have a new link sent to you first."
    )


def writer_of_request(session: Session, signer: Signer, *, now: datetime) -> Commenter:
    """The writer whose page is open in this browser; keeps it open for another `OPEN_FOR`, up to `OPEN_AT_MOST`.

    :raises WriterUnknown: there is none, or the address was erased meanwhile.
    """
    commenter_id, mark, opened_at_s = _kept(now)
    commenter = get_marked_commenter(session, signer, commenter_id, mark)
    if commenter is None or commenter.proven_at is None:
        raise WriterUnknown
    payload = _payload(signer, commenter, opened_at_s)

    @after_this_request
    def keep_open(response: Response) -> Response:
        if not _cookie.is_changed_by(response):
            _cookie.set(response, payload, now=now)
        return response

    return commenter


def begin(response: Response, signer: Signer, commenter: Commenter, *, now: datetime) -> None:
    """Open the page in this browser."""
    _cookie.set(response, _payload(signer, commenter, int(now.timestamp())), now=now)


def end(response: Response) -> None:
    """Close the page in this browser: signed out, or erased."""
    _cookie.delete(response)


def _kept(now: datetime) -> tuple[object, object, int]:
    """The commenter's id, the mark of the address, and when the page was opened (seconds since 1970)."""
    kept = _cookie.read(now=now) or []
    opened_at_s = kept[2] if len(kept) == 3 else None
    if not isinstance(opened_at_s, int) or now.timestamp() - opened_at_s >= OPEN_AT_MOST.total_seconds():
        raise WriterUnknown
    return kept[0], kept[1], opened_at_s


def _payload(signer: Signer, commenter: Commenter, opened_at_s: int) -> list[int | str]:
    return [commenter.id, mark_of(signer, commenter), opened_at_s]
