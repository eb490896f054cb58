"""Which URLs of strangers requests may be sent to. No I/O: the address behind a name is checked when
connecting.

A URL is taken only in the plain form in which every parser reads the same host, so that what is checked
here is what is connected to later.
"""

import re
from ipaddress import IPv6Address

from yarl import URL

from joust_kit.targets.addresses import is_loopback, is_public, may_be_target

_FORBIDDEN = re.compile(r"[^\x21-\x7e]|[\\\"<>^`{|}]")
"""Not in a URL (RFC 3986, section 2), and read in different ways where they are taken anyway."""
_FORM = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<authority>[^/?#]*)(?:[/?].*)?")
_AUTHORITY = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::(?P<port>[0-9]{1,5}))?")
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_MAX_HOST_LENGTH = 253
_LOCAL_NAMES = frozenset({"arpa", "home", "internal", "invalid", "lan", "local", "localdomain", "onion"})
"""Last labels that mean something only within a network (RFC 6761, RFC 6762, ICANN's ``internal``)."""


class BadTarget(Exception):
    """No request is sent to this URL; says what it must be, e.g. "must have no fragment"."""


def check_url(url: str, *, allow_insecure: bool) -> None:
    """Raises ``BadTarget`` unless requests may be sent to ``url``.

    ``allow_insecure`` also allows ``http``, and the own machine as the host.
    """
    if _FORBIDDEN.search(url):
        raise BadTarget('must be ASCII without spaces and \\ " < > ^ ` { | }; encode them')
    if "#" in url:
        raise BadTarget("must have no fragment")
    parts = _FORM.fullmatch(url)
    scheme = parts["scheme"].lower() if parts else ""
    if scheme != "https" and not (allow_insecure and scheme == "http"):
        raise BadTarget(f"must begin with https://{' or http://' if allow_insecure else ''}")
    assert parts is not None  # noqa: S101 - there is no scheme without a match
    host = _check_authority(parts["authority"])
    _check_host(host, allow_loopback=allow_insecure)
    _check_read_the_same(url, host)


def _check_authority(authority: str) -> str:
    """The host in lower case."""
    if "@" in authority:
        raise BadTarget("must hold no user name and password")
    parts = _AUTHORITY.fullmatch(authority)
    if parts is None:
        raise BadTarget("must name a host, in ASCII (IDNA), and may name a port")
    if parts["port"] is not None and not 1 <= int(parts["port"]) <= 65535:
        raise BadTarget("must have a port from 1 to 65535, or none")
    return parts["host"].lower()


def _check_host(host: str, *, allow_loopback: bool) -> None:
    if host.startswith("["):
        _check_ipv6(host[1:-1], allow_loopback=allow_loopback)
        return
    labels = host.split(".")
    # A host that ends in a number is an IPv4 address to inet_aton and browsers, in dozens of forms
    # (2130706433, 0x7f.1, 0177.0.0.1); only the usual form means the same to all.
    if not labels[-1][:1].isalpha():
        if not may_be_target(host, allow_loopback=allow_loopback):
            raise BadTarget("must be a name or a public IP address in its usual form")
        return
    _check_name(host, labels, allow_loopback=allow_loopback)


def _check_ipv6(text: str, *, allow_loopback: bool) -> None:
    try:
        address = IPv6Address(text)
    except ValueError as error:
        raise BadTarget("must hold a valid IPv6 address between [ and ]") from error
    if not (is_public(address) or (allow_loopback and is_loopback(address))):
        raise BadTarget("must be a name or a public IP address")


def _check_name(host: str, labels: list[str], *, allow_loopback: bool) -> None:
    if len(host) > _MAX_HOST_LENGTH or not all(_LABEL.fullmatch(label) for label in labels):
        raise BadTarget("must name a host that can exist")
    if labels[-1] == "localhost":
        if not allow_loopback:
            raise BadTarget("must name a host on the internet")
        return
    if len(labels) == 1 or labels[-1] in _LOCAL_NAMES:
        raise BadTarget("must name a host on the internet, with its domain")


def _check_read_the_same(url: str, host: str) -> None:
    """The library that will connect must see the host that was checked."""
    try:
        seen = URL(url).raw_host
    except ValueError as error:
        raise BadTarget("must be a valid URL") from error
    same = seen is not None and (host in {seen, f"[{seen}]"} or _same_ipv6(seen, host))
    if not same:
        raise BadTarget("must be a valid URL")


def _same_ipv6(seen: str, host: str) -> bool:
    return host.startswith("[") and ":" in seen and IPv6Address(seen) == IPv6Address(host[1:-1])
