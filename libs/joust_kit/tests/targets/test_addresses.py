"""Which addresses are public."""

from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from joust_kit.targets.addresses import is_loopback, is_public, may_be_target


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "8.8.8.8", "93.184.215.14", "2606:4700:4700::1111", "2a00:1450:4001:82a::200e"]
)
def test_addresses_of_the_internet_are_public(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "address",
    [
        *("0.0.0.0", "10.1.2.3", "100.100.100.200", "127.0.0.1", "127.255.255.254", "168.63.129.16"),
        *("169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.192", "192.168.1.1", "198.18.0.1"),
        *("224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "192.0.2.1", "203.0.113.7"),
        *("::", "::1", "::ffff:8.8.8.8", "::ffff:127.0.0.1", "::8.8.8.8", "64:ff9b::808:808"),
        *("64:ff9b:1::808:808", "2002:808:808::1", "2001:0:808:808::1", "2001:db8::1", "3fff::1"),
        *("fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%eth0", "2606:4700::1%eth0", "fec0::1", "ff02::1"),
        *("100::1", "5f00::1"),
    ],
)
def test_special_addresses_and_those_that_carry_another_are_not_public(address: str) -> None:
    assert not is_public(ip_address(address))


@given(st.ip_addresses(v=4))
def test_what_python_knows_as_private_is_never_public(address: IPv4Address) -> None:
    if address.is_private or address.is_multicast or address.is_reserved or address.is_loopback:
        assert not is_public(address)


@given(st.ip_addresses(v=6))
def test_no_ipv6_address_is_public_that_python_knows_as_private(address: IPv6Address) -> None:
    carries_another = address.ipv4_mapped or address.sixtofour or address.teredo
    if address.is_private or address.is_link_local or address.is_multicast or carries_another:
        assert not is_public(address)


@given(st.ip_addresses())
def test_no_address_is_both_public_and_loopback(address: IPv4Address | IPv6Address) -> None:
    assert not (is_public(address) and is_loopback(address))


@pytest.mark.parametrize("address", ["127.0.0.1", "127.1.2.3", "::1"])
def test_loopback_is_a_target_only_where_it_is_allowed(address: str) -> None:
    assert may_be_target(address, allow_loopback=True)
    assert not may_be_target(address, allow_loopback=False)


@pytest.mark.parametrize(
    "address", ["10.0.0.1", "0.0.0.0", "::ffff:127.0.0.1", "169.254.169.254", "localhost", ""]
)
def test_allowing_loopback_allows_nothing_else(address: str) -> None:
    assert not may_be_target(address, allow_loopback=True)
