"""Makes what stands for a network in a limit, with a key that is thrown away.

Limits count before anything else, often inside somebody's transaction, so the period's key is read once and then held
in memory. It is mixed with the secret key: the database alone does not allow to try addresses against what is stored,
and when the period's key is deleted (`forum.web.network_keys`) the installation itself cannot either.
"""

from __future__ import annotations

import logging
import math
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from flask import Flask, current_app
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from forum.base.signing import Signer
from forum.web.log import log
from forum.web.network_keys import agreed_key, earlier_keys, end_of_period

PAUSE_S = 1.0
"""How long a process goes on with a key of its own before it asks the database again."""
_EXTENSION = "forum_network_signers"


@dataclass(frozen=True, slots=True)
class _Held:
    """What serves until `until_s`; a spare is known to this process only."""

    signer: Signer
    until_s: float
    is_spare: bool = False


class NetworkSigners:
    """The signers of the periods whose keys are kept.

    :param engine: of the database; it is asked in a connection of its own, whatever transaction the caller is in.
    :param signer: holds the secret of the installation.
    :param clock: seconds since 1970; nodes that share a database keep their clocks by NTP.
    """

    def __init__(self, engine: Engine, signer: Signer, *, clock: Callable[[], float] = time.time) -> None:
        self._engine = engine
        self._signer = signer
        self._clock = clock
        self._lock = threading.Lock()
        self._held = _Held(signer, until_s=-math.inf)

    def present(self) -> Signer:
        """The signer of this period. No page that is only read may ask for it: the first to ask makes the key.

        While the database cannot be asked it is one that only this process has, so that each process counts alone.
        """
        held, now_s = self._held, self._clock()
        return held.signer if now_s < held.until_s else self._renewed(now_s).signer

    def living(self) -> Iterator[Signer]:
        """The present signer, then those of past periods, the newest first; not held, so that none outlives its key."""
        yield self.present()
        try:
            keys = earlier_keys(self._engine, now=self._now(self._clock()))
        except self._errors:
            log("keys of networks cannot be read", level=logging.WARNING)
            return
        yield from map(self._signer_with, keys)

    def _renewed(self, now_s: float) -> _Held:
        """What serves from now on. One thread asks; the others wait for it, unless there is a spare to go on with."""
        held = self._held
        if not self._lock.acquire(blocking=not held.is_spare):
            return held
        try:
            if now_s >= self._held.until_s:
                self._held = self._asked(now_s)
            return self._held
        finally:
            self._lock.release()

    def _asked(self, now_s: float) -> _Held:
        now = self._now(now_s)
        try:
            key = agreed_key(self._engine, now=now)
        except self._errors as error:
            return self._spare(now_s, error)
        return _Held(self._signer_with(key), end_of_period(now).timestamp())

    def _spare(self, now_s: float, error: Exception) -> _Held:
        if self._held.is_spare:
            return _Held(self._held.signer, now_s + PAUSE_S, is_spare=True)
        # The error's text may hold an address or a password.
        log(
            "no key of networks, limits count per process",
            level=logging.WARNING,
            error=type(error).__name__,
        )
        return _Held(self._signer_with(secrets.token_hex(32)), now_s + PAUSE_S, is_spare=True)

    def _signer_with(self, key: str) -> Signer:
        return Signer(self._signer.keyed_hash("limits.period", key))

    @property
    def _errors(self) -> tuple[type[Exception], ...]:
        """The driver's own errors come from what the engine does with a new connection."""
        return SQLAlchemyError, self._engine.dialect.loaded_dbapi.Error

    @staticmethod
    def _now(now_s: float) -> datetime:
        return datetime.fromtimestamp(now_s, UTC)


def keep_network_signers(app: Flask, signers: NetworkSigners) -> None:
    """Have `network_signers` find them."""
    app.extensions[_EXTENSION] = signers


def network_signers() -> NetworkSigners:
    """Those of the present application."""
    signers: NetworkSigners = current_app.extensions[_EXTENSION]
    return signers
