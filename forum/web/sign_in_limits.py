"""How often a password may be guessed, without a way to lock staff out. Reasons:
docs/decisions/0004-limits.md.

An attempt is reserved as a failure before the password is looked at, so that parallel guesses cannot overrun
a limit; success gives it back. Nothing here depends on whether the account exists.
"""

from __future__ import annotations

from dataclasses import dataclass

from forum.web.client import Address
from forum.web.limit_keys import LimitKeys, parse_limits, windows
from forum.web.limit_refusals import TooManySignIns
from forum.web.limit_storage import Entry, Receipt, Refused, WindowStorage

FAILURES_OF_A_PAIR = "5 per 15 minutes; 20 per day"
"""Failures on one account from one network that never signed in to it."""
FAILURES_OF_A_KNOWN_PAIR = "30 per 15 minutes"
"""Failures on one account from a network that signed in to it before: typing errors, and neighbours."""
FAILURES_OF_A_NETWORK = "30 per 15 minutes"
"""Failures on all accounts from one network; wider networks have more."""
FAILURES_OF_AN_ACCOUNT = "50 per hour"
"""Failures on one account from all unknown networks, after which it counts as attacked."""
FAILURES_UNDER_ATTACK = "1 per hour"
"""Failures on an attacked account from one unknown network: a right password still gets in at once."""
KNOWN_FOR = "1 per 30 days"
"""How long a network stays known after signing in, while the key of that week is kept; each success begins it anew."""


@dataclass(frozen=True, slots=True)
class SignInAttempt:
    """An attempt that is counted as failed until `SignInLimits.succeeded` says otherwise."""

    pair: str
    receipts: tuple[Receipt, ...]


class SignInLimits:
    """Reserves attempts to sign in, and gives back those that succeed."""

    def __init__(self, storage: WindowStorage, keys: LimitKeys) -> None:
        self._storage = storage
        self._keys = keys

    def check(self, *, email: str, address: Address) -> SignInAttempt:
        """Reserve an attempt, before the password is checked. If it fails, nothing more needs to be done.

        :raises TooManySignIns: no attempt is left; the password must not be checked.
        """
        pairs = self._keys.pairs(email, address)
        pair = next(pairs)
        if self._is_known(pair) or any(map(self._is_known, pairs)):
            return SignInAttempt(pair, (self._take(_windows(FAILURES_OF_A_KNOWN_PAIR, "known", pair)),))
        entries = _windows(FAILURES_OF_A_PAIR, "pair", pair)
        entries += self._keys.network_windows(FAILURES_OF_A_NETWORK, "sign-in-failures", address, "sign-in")
        account = self._storage.acquire_many(
            _windows(FAILURES_OF_AN_ACCOUNT, "account", self._keys.account(email))
        )
        if isinstance(account, Refused):
            return SignInAttempt(
                pair, (self._take(entries + _windows(FAILURES_UNDER_ATTACK, "attack", pair)),)
            )
        try:
            return SignInAttempt(pair, (account, self._take(entries)))
        except TooManySignIns:
            self._storage.release_many(account)  # nothing was guessed
            raise

    def succeeded(self, attempt: SignInAttempt) -> None:
        """The password was right: give the attempt back, forget the pair's failures, know the network from
        now on.

        The failures of the network and of the account stay: an attacker may have an account too.
        """
        for receipt in attempt.receipts:
            self._storage.release_many(receipt)
        known = _windows(KNOWN_FOR, "known-network", attempt.pair)
        for entry in (
            *_windows(FAILURES_OF_A_PAIR, "pair", attempt.pair),
            *_windows(FAILURES_OF_A_KNOWN_PAIR, "known", attempt.pair),
            *_windows(FAILURES_UNDER_ATTACK, "attack", attempt.pair),
            *known,
        ):
            self._storage.clear(entry.key)
        self._storage.acquire_many(known)

    def _is_known(self, pair: str) -> bool:
        (known,) = _windows(KNOWN_FOR, "known-network", pair)
        return self._storage.get_moving_window(known.key, known.limit, known.period_s)[1] > 0

    def _take(self, entries: list[Entry]) -> Receipt:
        taken = self._storage.acquire_many(entries)
        if isinstance(taken, Refused):
            raise TooManySignIns(taken.wait_s, "sign-in")
        return taken


def _windows(limits: str, use: str, key: str) -> list[Entry]:
    return windows(parse_limits(limits), use, key, "sign-in")
