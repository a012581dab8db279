"""Keyed hashes and signed tokens, each bound to one purpose.

One secret, many purposes: every use derives its own key, so that a token made for one thing opens nothing else and
a hash in one table cannot be looked up in another.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime

from flask_babel import lazy_gettext as _
from itsdangerous import BadSignature, URLSafeSerializer

from forum.base.errors import Refusal


class TokenExpired(Refusal):
    """A link whose time is over (410)."""

    status = 410
    message = _("This link is too old to work. Ask for a new one.")


class Signer:
    """Makes and reads tokens and keyed hashes.

    :param secret: the installation's secret key; at least 32 characters.
    """

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()

    def keyed_hash(self, purpose: str, *values: str) -> str:
        """HMAC-SHA256 of `values`, cut to 128 bits, in hexadecimal (32 characters)."""
        key = hmac.digest(self._secret, purpose.encode(), "sha256")
        # Lengths go in too, so that ("ab", "c") and ("a", "bc") differ.
        message = b"".join(len(v.encode()).to_bytes(4, "big") + v.encode() for v in values)
        return hmac.new(key, message, hashlib.sha256).hexdigest()[:32]

    def make_token(self, purpose: str, payload: int | str | list[int | str]) -> str:
        """A URL-safe token that only this installation can make; it does not expire."""
        token = self._serializer(purpose).dumps(payload)
        return token.decode() if isinstance(token, bytes) else token

    def read_token(self, purpose: str, token: str) -> object | None:
        """What `make_token` put in, or None when the token is not ours, was altered or has another purpose."""
        try:
            payload: object = self._serializer(purpose).loads(token)
        except BadSignature:
            return None
        return payload

    def make_expiring_token(self, purpose: str, payload: list[int | str], *, expires_at: datetime) -> str:
        """A URL-safe token that opens nothing from `expires_at` on. The same input gives the same token."""
        return self.make_token(purpose, [int(expires_at.timestamp()), *payload])

    def read_expiring_token(self, purpose: str, token: str, *, now: datetime) -> list[object] | None:
        """What `make_expiring_token` put in.

        :raises TokenExpired: it is ours, and its time is over.
        :returns: None when the token is not ours, was altered or has another purpose.
        """
        payload = self.read_token(purpose, token)
        if not isinstance(payload, list) or not payload or not isinstance(payload[0], int):
            return None
        if payload[0] <= now.timestamp():
            raise TokenExpired
        return payload[1:]

    def _serializer(self, purpose: str) -> URLSafeSerializer:
        return URLSafeSerializer(self._secret, salt=purpose, signer_kwargs={"digest_method": hashlib.sha256})
