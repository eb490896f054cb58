"""Whose request it is behind proxies."""

from ipaddress import ip_network

import pytest

from joust_gateway.access.client_address import client_address, connection_owner, subscriber_of

PROXIES = [ip_network("10.0.0.0/8"), ip_network("fd00::/8")]


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("203.0.113.5", [], "203.0.113.5"),
        ("203.0.113.5", ["198.51.100.1"], "203.0.113.5"),
        ("10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["6.6.6.6, 198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["198.51.100.1, 10.0.0.2"], "198.51.100.1"),
        ("10.0.0.1", ["198.51.100.1", "10.0.0.2"], "198.51.100.1"),
        ("10.0.0.1", ["10.0.0.3"], "10.0.0.3"),
        ("10.0.0.1", ["nonsense"], "10.0.0.1"),
        ("10.0.0.1", [""], "10.0.0.1"),
        ("10.0.0.1", [",,,"], "10.0.0.1"),
        ("10.0.0.1", ["198.51.100.1, nonsense"], "10.0.0.1"),
        ("10.0.0.1", ["nonsense, 198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["198.51.100.999"], "10.0.0.1"),
        ("10.0.0.1", ["198.51.100.1:443"], "10.0.0.1"),
        ("10.0.0.1", ["\x00, \u00e9"], "10.0.0.1"),
        ("10.0.0.1", ["6.6.6.6," * 1000 + "198.51.100.1"], "198.51.100.1"),
        ("::ffff:10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("fd00::1", ["2001:db8::7"], "2001:db8::7"),
        ("", ["198.51.100.1"], ""),
    ],
)
def test_a_forwarded_address_counts_only_from_a_trusted_proxy(
    peer: str, forwarded: list[str], client: str
) -> None:
    assert client_address(peer, forwarded, PROXIES) == client


def test_without_trusted_proxies_the_header_says_nothing() -> None:
    assert client_address("10.0.0.1", ["198.51.100.1"], []) == "10.0.0.1"


def test_limits_count_ipv4_addresses_and_ipv6_sites() -> None:
    assert subscriber_of("203.0.113.5") == "203.0.113.5"
    assert subscriber_of("2001:db8:0:1::7") == subscriber_of("2001:db8:0:1:ffff::9")
    assert subscriber_of("2001:db8:0:1::7") != subscriber_of("2001:db8:0:2::7")
    assert subscriber_of("2001:db8:0:1::7%eth0") == subscriber_of("2001:db8:0:1::8")
    assert subscriber_of("testclient") == "testclient"


def test_a_connection_counts_for_its_subscriber_unless_a_trusted_proxy_makes_it() -> None:
    assert connection_owner("203.0.113.5", PROXIES) == "203.0.113.5"
    assert connection_owner("::ffff:203.0.113.5", PROXIES) == "203.0.113.5"
    assert connection_owner("2001:db8::7", PROXIES) == subscriber_of("2001:db8::8")
    for proxy in ("10.1.2.3", "::ffff:10.1.2.3", "fd00::7"):
        assert connection_owner(proxy, PROXIES) is None
        assert connection_owner(proxy, []) is not None
