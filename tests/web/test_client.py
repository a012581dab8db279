"""Whose address a request comes from, and the networks that it counts for."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest
from flask import Flask

from forum.web.client import client_address, network_prefixes, request_address, trust_proxies

PROXY = "10.0.0.1"
TRUSTED = (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))
READER = "203.0.113.7"


def test_a_forwarded_header_from_an_untrusted_peer_is_not_believed() -> None:
    address = client_address(READER, "198.51.100.1", TRUSTED)

    assert address == ip_address(READER)


def test_without_trusted_proxies_no_forwarded_header_is_believed() -> None:
    address = client_address(PROXY, READER, ())

    assert address == ip_address(PROXY)


def test_behind_a_proxy_the_address_that_it_saw_counts() -> None:
    address = client_address(PROXY, READER, TRUSTED)

    assert address == ip_address(READER)


def test_what_the_reader_wrote_left_of_the_last_untrusted_hop_is_ignored() -> None:
    address = client_address(PROXY, f"198.51.100.1, 10.9.9.9, {READER}, 10.0.0.2, fd00::2", TRUSTED)

    assert address == ip_address(READER)


def test_a_chain_of_our_own_proxies_only_is_followed_to_its_start() -> None:
    address = client_address(PROXY, "10.0.0.3, 10.0.0.2", TRUSTED)

    assert address == ip_address("10.0.0.3")


@pytest.mark.parametrize(
    "garbage", ["unknown", "_hidden", "", " ", "203.0.113.999", "1.2.3.4.5", "<script>", "٣.٣.٣.٣"]
)
def test_a_hop_that_is_no_address_ends_at_the_last_good_one(garbage: str) -> None:
    address = client_address(PROXY, f"{READER}, {garbage}, 10.0.0.2", TRUSTED)

    assert address == ip_address("10.0.0.2")


@pytest.mark.parametrize("header", ["", ",", "unknown", None])
def test_a_header_without_any_address_leaves_the_peer(header: str | None) -> None:
    address = client_address(PROXY, header, TRUSTED)

    assert address == ip_address(PROXY)


@pytest.mark.parametrize(
    ("hop", "expected"),
    [
        ("203.0.113.7:4711", "203.0.113.7"),
        ("[2001:db8::7]:4711", "2001:db8::7"),
        ("[2001:db8::7]", "2001:db8::7"),
        ('"[2001:db8::7]:4711"', "2001:db8::7"),
        ("  2001:db8::7  ", "2001:db8::7"),
        ("fe80::7%eth0", "fe80::7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("[::ffff:203.0.113.7]:4711", "203.0.113.7"),
    ],
)
def test_ports_brackets_zones_and_mapped_addresses_are_read(hop: str, expected: str) -> None:
    address = client_address(PROXY, hop, TRUSTED)

    assert address == ip_address(expected)


def test_a_peer_that_is_mapped_into_ipv6_is_known_as_a_trusted_ipv4_proxy() -> None:
    address = client_address("::ffff:10.0.0.1", READER, TRUSTED)

    assert address == ip_address(READER)


def test_a_peer_without_an_address_is_nowhere() -> None:
    address = client_address("", READER, TRUSTED)

    assert int(address) == 0


def test_at_most_fifty_hops_are_looked_at() -> None:
    hops = [READER, *(f"10.0.1.{n}" for n in range(50))]

    address = client_address(PROXY, ", ".join(hops), TRUSTED)

    assert address == ip_address("10.0.1.0")


def test_an_ipv4_address_counts_for_itself_only() -> None:
    assert network_prefixes(ip_address(READER)) == (("203.0.113.7/32", 1),)


def test_an_ipv6_address_counts_for_three_networks_of_growing_share() -> None:
    prefixes = network_prefixes(ip_address("2001:db8:1234:5678:9abc:def0:1234:5678"))

    assert prefixes == (
        ("2001:db8:1234:5678::/64", 1),
        ("2001:db8:1234:5600::/56", 2),
        ("2001:db8:1234::/48", 4),
    )


def test_two_addresses_of_one_household_share_their_first_network() -> None:
    one, other = (network_prefixes(ip_address(f"2001:db8:1234:5678::{n}")) for n in (1, 2))

    assert one == other


def test_the_current_request_is_read_with_the_proxies_of_its_app() -> None:
    app = Flask(__name__)
    trust_proxies(app, TRUSTED)
    headers = [("X-Forwarded-For", "198.51.100.1"), ("X-Forwarded-For", READER)]

    with app.test_request_context(headers=headers, environ_base={"REMOTE_ADDR": PROXY}):
        address = request_address()

    assert address == ip_address(READER)
