"""Limits on posting and signing in: Flask-Limiter with moving windows, in a storage that all workers share.

A comment is reserved before it is stored and given back when it is refused: whoever tests first and counts
later lets parallel posts through.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ParamSpec, Protocol, TypeVar, cast

from flask import Flask
from flask_limiter import Limiter, RequestLimit
from sqlalchemy import Engine, create_engine

from forum.base.engine import engine_options, is_sqlite
from forum.base.signing import Signer
from forum.web.client import IPV6_PREFIXES, Address, Network, network_prefixes, request_address, trust_proxies
from forum.web.limit_keys import LimitKeys, parse_limits, windows
from forum.web.limit_refusals import LimitReached, Scope, TooManyPosts, TooManySignIns, wait_in_words
from forum.web.limit_storage import Entry, Refused, SqliteLimits, WindowStorage
from forum.web.limit_storage.base import Clock, Receipt
from forum.web.network_signers import NetworkSigners, keep_network_signers
from forum.web.sign_in_limits import SignInAttempt, SignInLimits

__all__ = [
    "LimitReached",
    "Limits",
    "SignInAttempt",
    "TooManyPosts",
    "TooManySignIns",
    "create_limits",
    "wait_in_words",
]

P = ParamSpec("P")
R = TypeVar("R")

SIGN_IN_ATTEMPTS = "30 per minute"
"""Attempts to sign in from one network, right or wrong: a password check takes tens of milliseconds."""
PREVIEWS = "60 per minute"
"""Previews for one network: while a writer types, the script asks for one every two seconds at most."""
MAILS_TO_AN_ADDRESS = "3 per hour"
"""Mails that a visitor can have sent to one address, whoever asks: to confirm it, the link to the writer's page."""
MAIL_REQUESTS = "20 per hour; 60 per day"
"""How often one network may ask for such a mail, whether or not one goes out."""
ENGINE_CONNECTIONS = 4
"""Connections of the engine made here, per process; a reservation holds one for about a millisecond."""


class LimitSettings(Protocol):
    """What `create_limits` reads of the settings."""

    @property
    def comment_limits(self) -> str: ...
    @property
    def network_limits(self) -> str: ...
    @property
    def flood_limit(self) -> str: ...
    @property
    def redis_url(self) -> str: ...
    @property
    def database_url(self) -> str: ...
    @property
    def instance_path(self) -> Path: ...
    @property
    def trusted_proxies(self) -> Sequence[Network]: ...


class Limits:
    """The limits of one app.

    :param limiter: initialised, with a `WindowStorage`.
    :param keys: what stands in it for addresses and networks.
    :param comment_limits: per e-mail address, such as `5 per 10 minutes; 30 per day`.
    :param network_limits: per IPv4 address or IPv6 /64; wider IPv6 networks have more.
    :param flood_limit: per network, for every post, whatever becomes of it.
    """

    def __init__(
        self,
        limiter: Limiter,
        keys: LimitKeys,
        *,
        comment_limits: str,
        network_limits: str,
        flood_limit: str,
    ) -> None:
        self.limiter = limiter
        self.storage = cast(WindowStorage, limiter.limiter.storage)
        self._keys = keys
        self._comment_limits = parse_limits(comment_limits)
        self._network_limits = network_limits
        self._flood_limit = flood_limit
        self._sign_in = SignInLimits(self.storage, self._keys)

    @contextmanager
    def reserved(self, *, email: str, address: Address, is_proven: bool = False) -> Iterator[Receipt]:
        """Reserve a comment for the length of a block; an exception in the block gives it back.

        :raises TooManyPosts: as `reserve`.
        """
        with self._kept(self.reserve(email=email, address=address, is_proven=is_proven)) as receipt:
            yield receipt

    @contextmanager
    def correction_reserved(self, *, email: str, is_proven: bool = False) -> Iterator[Receipt]:
        """As `reserved`, for a comment that is given another address: its network has counted it already.

        :raises TooManyPosts: no place is left under the new address; scope `correction`.
        """
        taken = self._acquired(self._address_windows(email, "correction", is_proven=is_proven))
        with self._kept(taken) as receipt:
            yield receipt

    def reserve(self, *, email: str, address: Address, is_proven: bool = False) -> Receipt:
        """Take a place in every window of the e-mail address and of its networks, or in none.

        :param email: normalised.
        :param is_proven: the browser has proven the address. Its comments count apart from those of whoever only
            typed it, who could else use up its owner's places.
        :raises TooManyPosts: no place is left; scope `address` or `network`, whichever has to wait longer.
        """
        entries = self._address_windows(email, "address", is_proven=is_proven)
        entries += self._keys.network_windows(self._network_limits, "comments", address, "network")
        return self._acquired(entries)

    def give_back(self, receipt: Receipt) -> None:
        """Undo `reserve`: the comment was refused for another reason."""
        self.storage.release_many(receipt)

    def check_flood(self, address: Address) -> None:
        """Count a post, whatever becomes of it.

        :raises TooManyPosts: scope `flood`.
        """
        self._count(self._flood_limit, "flood", address)

    def check_preview(self, address: Address) -> None:
        """Count a preview; posts have other windows, so that looking at a text takes no place from sending it.

        :raises TooManyPosts: scope `preview`.
        """
        self._count(PREVIEWS, "preview", address)

    def check_mail_request(self, address: Address) -> None:
        """Count that somebody asks for a mail, whatever becomes of it.

        :raises TooManyPosts: scope `mail`.
        """
        self._count(MAIL_REQUESTS, "mail", address)

    @contextmanager
    def mail_reserved(self, email: str, *, asked_from: Address | None = None) -> Iterator[bool]:
        """Whether a mail may go to an address, for the length of a block; an exception in it gives the place back.

        It is no refusal: who asks learns nothing of what others asked for.

        :param email: normalised. Spellings that end up in one mailbox count together.
        :param asked_from: whose networks ask for it, where `check_mail_request` has not counted that.
        """
        entries = windows(parse_limits(MAILS_TO_AN_ADDRESS), "mails", self._keys.mailbox(email), "mail")
        if asked_from is not None:
            entries += self._keys.network_windows(MAIL_REQUESTS, "mail", asked_from, "mail")
        taken = self.storage.acquire_many(entries)
        try:
            yield not isinstance(taken, Refused)
        except BaseException:
            if not isinstance(taken, Refused):
                self.storage.release_many(taken)
            raise

    def sign_in(self, view: Callable[P, R]) -> Callable[P, R]:
        """Decorate the sign-in view so that all attempts of a network are counted, right or wrong.

        The view raises `TooManySignIns` before its body runs. Failures are counted by `check_sign_in`.
        """
        return self._per_network(view, SIGN_IN_ATTEMPTS, "sign-in", TooManySignIns)

    def check_sign_in(self, *, email: str, address: Address) -> SignInAttempt:
        """Reserve an attempt before the password is checked; it counts as failed until `sign_in_succeeded`.

        :raises TooManySignIns: do not check the password.
        """
        return self._sign_in.check(email=email, address=address)

    def sign_in_succeeded(self, attempt: SignInAttempt) -> None:
        """The password was right: give the attempt back and know the network from now on."""
        self._sign_in.succeeded(attempt)

    def prune(self, now: float) -> int:
        """Delete what no window holds any more; once an hour is plenty.

        :param now: seconds since 1970.
        :returns: how many entries were deleted.
        """
        return self.storage.prune(now)

    def _address_windows(self, email: str, scope: Scope, *, is_proven: bool) -> list[Entry]:
        use = "comments-proven" if is_proven else "comments"
        return windows(self._comment_limits, use, self._keys.account(email), scope)

    def _acquired(self, entries: list[Entry]) -> Receipt:
        taken = self.storage.acquire_many(entries)
        if isinstance(taken, Refused):
            raise TooManyPosts(taken.wait_s, cast(Scope, taken.entry.scope))
        return taken

    @contextmanager
    def _kept(self, receipt: Receipt) -> Iterator[Receipt]:
        try:
            yield receipt
        except BaseException:
            self.give_back(receipt)
            raise

    def _count(self, limits: str, scope: Scope, address: Address) -> None:
        taken = self.storage.acquire_many(self._keys.network_windows(limits, scope, address, scope))
        if isinstance(taken, Refused):
            raise TooManyPosts(taken.wait_s, scope)

    def _per_network(
        self, view: Callable[P, R], limits: str, scope: Scope, refusal: type[LimitReached]
    ) -> Callable[P, R]:
        """One Flask-Limiter limit for each network that an address lies in; IPv4 has only the first."""

        def refuse(reached: RequestLimit) -> None:
            raise refusal(max(1, math.ceil(reached.window.reset_time - self.storage.clock())), scope)

        for position, (_, factor) in enumerate(IPV6_PREFIXES):
            view = self.limiter.shared_limit(
                "; ".join(map(repr, parse_limits(limits, factor))),
                scope,
                key_func=self._network_key(position),
                exempt_when=_has_fewer_prefixes(position),
                methods=["POST"],
                on_breach=refuse,
            )(view)
        return view

    def _network_key(self, position: int) -> Callable[[], str]:
        return lambda: self._keys.network(network_prefixes(request_address())[position][0])


def create_limits(
    app: Flask,
    settings: LimitSettings,
    *,
    signer: Signer,
    networks: NetworkSigners,
    engine: Engine | None = None,
    clock: Clock = time.time,
) -> Limits:
    """Set up Flask-Limiter for an app: Redis when it is set, else PostgreSQL when that is the database, else
    a file.

    With Redis the file `limits.sqlite3` in the instance folder stands by. Also tells `request_address` the
    proxies, and `network_signers` who signs.

    :param networks: on the same clock.
    :param engine: for PostgreSQL, with a pool of its own; default: one is made.
    :param clock: seconds since 1970.
    """
    uri, options = _storage(settings, engine, clock)
    limiter = Limiter(
        lambda: str(request_address()),  # no limit uses it: each brings its own key
        strategy="moving-window",
        storage_uri=uri,
        storage_options=cast(dict[str, str | int], options),  # handed on to the storage as they are
        headers_enabled=False,
    )
    limiter.init_app(app)
    trust_proxies(app, settings.trusted_proxies)
    keep_network_signers(app, networks)
    return Limits(
        limiter,
        LimitKeys(signer, networks),
        comment_limits=settings.comment_limits,
        network_limits=settings.network_limits,
        flood_limit=settings.flood_limit,
    )


def _storage(settings: LimitSettings, engine: Engine | None, clock: Clock) -> tuple[str, dict[str, Any]]:
    """URI and options of the storage that the settings ask for."""
    local = SqliteLimits.uri_for(settings.instance_path / "limits.sqlite3")
    if settings.redis_url:
        from forum.web.limit_storage.redis import (
            RedisLimits,  # its client takes a tenth of a second of a start
        )

        shared = RedisLimits(f"forum+{settings.redis_url}", clock=clock)
        return "forum+resilient://", {"first": shared, "second": SqliteLimits(local, clock=clock)}
    if not is_sqlite(settings.database_url):
        return "forum+postgresql://", {"engine": engine or _own_engine(settings.database_url), "clock": clock}
    return local, {"clock": clock}


def _own_engine(database_url: str) -> Engine:
    size = {"pool_size": ENGINE_CONNECTIONS, "max_overflow": 0}
    return create_engine(**engine_options(database_url) | size)


def _has_fewer_prefixes(position: int) -> Callable[[], bool]:
    return lambda: position >= len(network_prefixes(request_address()))
