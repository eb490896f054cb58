"""Whose request it is, by address: the peer, or the client that a trusted proxy names."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_IPV6_SITE_BITS = 64
"""One subscriber has at least a /64 and could come from each of its addresses (RFC 6177)."""


def client_address(peer: str, forwarded_for: Sequence[str], trusted: Sequence[Network]) -> str:
    """The client's address; ``peer``'s unless every hop from it on is a trusted proxy.

    ``forwarded_for`` are the X-Forwarded-For headers. They are read from the right, because a client can
    write what it likes to the left of what our own proxy adds.
    """
    client = _parse(peer)
    if client is None:
        return peer
    hops = [hop.strip() for value in forwarded_for for hop in value.split(",")]
    while hops and any(client in network for network in trusted):
        named = _parse(hops.pop())
        if named is None:
            break
        client = named
    return str(client)


def connection_owner(peer: str, trusted: Sequence[Network]) -> str | None:
    """For whom a connection counts; ``None`` for that of a trusted proxy, through which anybody may come."""
    address = _parse(peer)
    if address is not None and any(address in network for network in trusted):
        return None
    return subscriber_of(peer if address is None else str(address))


def subscriber_of(address: str) -> str:
    """What limits count by: an IPv4 address, or the /64 of an IPv6 address."""
    parsed = _parse(address)
    if isinstance(parsed, IPv6Address):
        return str(IPv6Network((parsed, _IPV6_SITE_BITS), strict=False))
    return address


def _parse(text: str) -> Address | None:
    try:
        parsed = ip_address(text)
    except ValueError:
        return None
    return getattr(parsed, "ipv4_mapped", None) or parsed
