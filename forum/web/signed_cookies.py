"""Small signed cookies of readers: set when they ask for something that needs one, never read on a public page."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import Response, current_app, request

from forum.base.signing import Signer, TokenExpired
from forum.config import Settings


class SignedCookie:
    """One cookie, signed for one purpose, that expires. What is in it can be read by its owner, and altered by nobody.

    :param name: without the `__Host-` that it gets where the site has https.
    :param lasts: how long after `set` it counts.
    """

    def __init__(self, name: str, lasts: timedelta) -> None:
        self._name = name
        self._lasts = lasts

    def set(
        self,
        response: Response,
        payload: list[int | str],
        *,
        now: datetime,
        lasts: timedelta | None = None,
    ) -> None:
        """Have the browser keep `payload`.

        :param lasts: another term than that of the cookie, where the operator sets it.
        """
        lasts = lasts or self._lasts
        token = _signer().make_expiring_token(self._purpose, payload, expires_at=now + lasts)
        response.set_cookie(
            self._full_name, token, max_age=lasts, secure=_settings().is_https, httponly=True,
            samesite="Lax", path="/",
        )  # fmt: skip

    def read(self, *, now: datetime) -> list[object] | None:
        """What the browser brought, or None when there is nothing that counts."""
        try:
            return _signer().read_expiring_token(
                self._purpose, request.cookies.get(self._full_name, ""), now=now
            )
        except TokenExpired:
            return None

    def is_changed_by(self, response: Response) -> bool:
        """Whether the answer sets or deletes it already."""
        return any(line.startswith(f"{self._full_name}=") for line in response.headers.getlist("Set-Cookie"))

    def delete(self, response: Response) -> None:
        """Have the browser forget it."""
        response.delete_cookie(
            self._full_name, path="/", secure=_settings().is_https, httponly=True, samesite="Lax"
        )

    @property
    def _purpose(self) -> str:
        return f"cookie {self._name}"

    @property
    def _full_name(self) -> str:
        return f"__Host-{self._name}" if _settings().is_https else self._name


def _settings() -> Settings:
    settings: Settings = current_app.extensions["forum_settings"]
    return settings


def _signer() -> Signer:
    signer: Signer = current_app.extensions["forum_signer"]
    return signer
