"""The visitor's network address, believed only as far as it was passed on by proxies that we trust."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from flask import Flask, current_app, request

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

MAX_HOPS = 50
"""Hops of a forwarded header that are looked at, from the right: enough for any chain, and cheap."""
NOWHERE = IPv4Address(0)
"""Stands for a peer without a network address, such as a Unix socket."""
IPV6_PREFIXES = ((64, 1), (56, 2), (48, 4))
"""Prefix lengths that one IPv6 customer commands, and how many times a /64's share each gets.

A household has a /64 or a /56, an organisation a /48 (RFC 6177); a limit on a /64 alone would be lifted
65,536-fold.
"""

_TRUSTED = "forum.trusted_proxies"


def client_address(peer: str, forwarded_for: str | None, trusted: Sequence[Network]) -> Address:
    """The address of who sent a request: the rightmost hop that is not one of our own proxies.

    Each proxy adds the address it saw at the right end of the header; what stands left of an untrusted hop is
    whatever that hop chose to write. A hop that is no address ends the walk at the last good one.

    :param peer: address of the connection.
    :param forwarded_for: the `X-Forwarded-For` header; several headers joined by commas in their order.
    :param trusted: networks of our own proxies; empty: the header is never believed.
    """
    address = read_hop(peer) or NOWHERE
    for hop in reversed((forwarded_for or "").rsplit(",", MAX_HOPS)[-MAX_HOPS:]):
        if not any(address in network for network in trusted):
            break
        seen = read_hop(hop)
        if seen is None:
            break
        address = seen
    return address


def read_hop(text: str) -> Address | None:
    """One hop without port, brackets, quotes and zone; `::ffff:1.2.3.4` is 1.2.3.4. None: no address."""
    text = text.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def network_prefixes(address: Address) -> tuple[tuple[str, int], ...]:
    """The networks that limits count by, narrowest first, and how many times its limit each has."""
    if isinstance(address, IPv4Address):
        return ((str(ip_network(address)), 1),)
    # A zone names an interface of one machine: no part of a network.
    return tuple(
        (str(ip_network((int(address), length), strict=False)), factor) for length, factor in IPV6_PREFIXES
    )


def trust_proxies(app: Flask, networks: Sequence[Network]) -> None:
    """Tell `request_address` which proxies an app stands behind."""
    app.extensions[_TRUSTED] = tuple(networks)


def request_address() -> Address:
    """`client_address` of the current request."""
    trusted: tuple[Network, ...] = current_app.extensions[_TRUSTED]
    forwarded_for = ",".join(request.headers.getlist("X-Forwarded-For"))
    return client_address(request.environ.get("REMOTE_ADDR") or "", forwarded_for or None, trusted)
