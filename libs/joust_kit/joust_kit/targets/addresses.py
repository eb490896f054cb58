"""Which IP addresses requests may be sent to: public ones. No I/O.

Sources: IANA IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890), IPv6 Global Unicast (RFC 4291).
Listed here rather than left to ``ipaddress.is_global``, whose table differs between Python versions.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

_NOT_PUBLIC_V4 = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",  # this network; 0.0.0.0 reaches the own machine
            "10.0.0.0/8",
            "100.64.0.0/10",  # shared by carriers, and clouds' own services
            "127.0.0.0/8",
            "168.63.129.16/32",  # a cloud's platform service, public by number only
            "169.254.0.0/16",  # link-local, and clouds' metadata
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.31.196.0/24",
            "192.52.193.0/24",
            "192.88.99.0/24",  # relays of 6to4
            "192.168.0.0/16",
            "192.175.48.0/24",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/4",
            "240.0.0.0/4",
        ),
    )
)
_GLOBAL_UNICAST_V6 = IPv6Network("2000::/3")
"""All else is not public: loopback, mapped IPv4, NAT64, unique local, link-local, multicast."""
_NOT_PUBLIC_V6 = tuple(
    map(
        IPv6Network,
        (
            "2001::/23",  # protocol assignments; Teredo carries an IPv4 address
            "2001:db8::/32",
            "2002::/16",  # 6to4 carries an IPv4 address
            "2620:4f:8000::/48",
            "3fff::/20",
        ),
    )
)
_LOOPBACK_V4 = IPv4Network("127.0.0.0/8")
_LOOPBACK_V6 = IPv6Address("::1")


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """True if the address belongs to the public internet and carries no other address in it."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _NOT_PUBLIC_V4)
    if address.scope_id is not None or address not in _GLOBAL_UNICAST_V6:
        return False
    return not any(address in network for network in _NOT_PUBLIC_V6)


def is_loopback(address: IPv4Address | IPv6Address) -> bool:
    """True for 127.0.0.0/8 and ::1 alone; not for forms that carry them."""
    return address in _LOOPBACK_V4 if isinstance(address, IPv4Address) else address == _LOOPBACK_V6


def may_be_target(text: str, *, allow_loopback: bool) -> bool:
    """True if a connection to this address, in its usual form, is allowed."""
    try:
        address = ip_address(text)
    except ValueError:
        return False
    return is_public(address) or (allow_loopback and is_loopback(address))
