"""Limits in words, and the windows that they make for one address or network.

A key holds keyed hashes only: who reads a storage learns no e-mail address and no network. What stands for a network
is made with a key that changes every week and is deleted later: counting by networks begins anew with each.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

from limits import RateLimitItem, parse_many

from forum.base.signing import Signer
from forum.web.client import Address, network_prefixes
from forum.web.limit_refusals import Scope
from forum.web.limit_storage import Entry
from forum.web.network_signers import NetworkSigners

_DOTS_MEAN_NOTHING = frozenset({"gmail.com", "googlemail.com"})
"""Two names of one mail system."""


@lru_cache
def parse_limits(text: str, factor: int = 1) -> tuple[RateLimitItem, ...]:
    """Limits such as `5 per 10 minutes; 30 per day`, each only once.

    :param factor: how many times as much they allow.
    :raises ValueError: `text` is in no known notation.
    """
    items = dict.fromkeys(parse_many(text))
    return tuple(type(item)(item.amount * factor, item.multiples) for item in items)


class LimitKeys:
    """Makes window keys from what is personal.

    :param signer: stands for what is typed; with another secret, counting begins anew.
    :param networks: stands for networks.
    """

    def __init__(self, signer: Signer, networks: NetworkSigners) -> None:
        self._signer = signer
        self._networks = networks

    def account(self, email: str) -> str:
        """Stands for an e-mail address, however its capitals are typed."""
        return self._signer.keyed_hash("limits.address", email.strip().casefold())

    def mailbox(self, email: str) -> str:
        """Stands for the mailbox that an address most likely ends up in: for mails, not for who somebody is.

        What follows a `+` is a tag in most mail systems; a dot means nothing to Gmail. An address that is wrongly
        taken for another's only shares the few mails an hour.
        """
        local, _, domain = email.strip().casefold().rpartition("@")
        local = local.partition("+")[0] or local
        if domain in _DOTS_MEAN_NOTHING:
            local, domain = local.replace(".", ""), "gmail.com"
        return self._signer.keyed_hash("limits.mailbox", f"{local}@{domain}")

    def network(self, prefix: str) -> str:
        """Stands for a network such as `192.0.2.7/32` in this period."""
        return self._networks.present().keyed_hash("limits.network", prefix)

    def pairs(self, email: str, address: Address) -> Iterator[str]:
        """Stands for an e-mail address used from the narrowest network of `address`: in this period, then in earlier
        ones, the newest first.
        """
        pair = email.strip().casefold(), network_prefixes(address)[0][0]
        return (signer.keyed_hash("limits.pair", *pair) for signer in self._networks.living())

    def network_windows(self, limits: str, use: str, address: Address, scope: Scope) -> list[Entry]:
        """One entry in each window of each network that `address` lies in."""
        return [
            entry
            for prefix, factor in network_prefixes(address)
            for entry in windows(parse_limits(limits, factor), use, self.network(prefix), scope)
        ]


def windows(items: Sequence[RateLimitItem], use: str, key: str, scope: Scope) -> list[Entry]:
    """One entry in each window of `key`.

    :param use: what is counted; the windows of two uses never meet. Flask-Limiter calls it the limit's scope.
    """
    return [Entry(item.key_for(key, use), item.amount, item.get_expiry(), scope) for item in items]
