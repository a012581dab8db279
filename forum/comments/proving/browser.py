"""Which addresses a browser has proven: a signed cookie, set when the button behind a link from a mail was pressed.

It names commenters by id and by a keyed hash of the address, never an address. It is read when a form is posted or a
page is asked for that no cache holds, and on no public page.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import Response
from sqlalchemy.orm import Session

from forum.base.signing import Signer
from forum.comments.commenters import find_commenter, mark_of
from forum.comments.models import Commenter
from forum.web.signed_cookies import SignedCookie

PROVEN_FOR = timedelta(days=365)
MAX_ADDRESSES = 5
"""How many addresses one browser keeps proven, the last ones: a family, or one writer's few."""

Proof = tuple[int, str]
"""A commenter's id and the mark of the address."""

_cookie = SignedCookie("proven", PROVEN_FOR)


def proofs_of_browser(*, now: datetime) -> list[Proof]:
    """What the browser that sent this request has proven, the newest first; empty without a cookie that counts."""
    kept = _cookie.read(now=now) or []
    pairs = zip(kept[::2], kept[1::2], strict=False)
    return [(number, mark) for number, mark in pairs if isinstance(number, int) and isinstance(mark, str)]


def remember_proof(response: Response, signer: Signer, commenter: Commenter, *, now: datetime) -> None:
    """Have the browser keep that it has proven this address, beside the others that it has."""
    proof = (commenter.id, mark_of(signer, commenter))
    others = [other for other in proofs_of_browser(now=now) if other != proof]
    kept = [proof, *others][:MAX_ADDRESSES]
    _cookie.set(response, [part for pair in kept for part in pair], now=now)


def forget_proofs(response: Response) -> None:
    """Have the browser forget every address that it has proven."""
    _cookie.delete(response)


def this_browser_has_proven(session: Session, signer: Signer, email: str, *, now: datetime) -> bool:
    """Whether the browser that sent this request has proven the address.

    :param email: normalised.
    """
    return has_proven(session, signer, email, proofs_of_browser(now=now))


def has_proven(session: Session, signer: Signer, email: str, proofs: list[Proof]) -> bool:
    """Whether `proofs` hold this address, which is proven in the store too.

    :param email: normalised.
    """
    commenter = find_commenter(session, email) if proofs else None
    if commenter is None or commenter.proven_at is None:
        return False
    return (commenter.id, mark_of(signer, commenter)) in proofs
