"""Secrets that lie nowhere: made anew from a key of the server when one is needed (HMAC-SHA256, RFC 2104).

So no table, event, log or dump can hold one, and services that have the same key agree on it without a word.
"""

import hmac
from collections.abc import Iterator
from uuid import UUID

from pydantic import SecretStr

_SHORTEST_KEY = 32


class DerivedSecrets:
    """Makes secrets for subjects, from the first of several keys; the others are still known, so that a key
    can be changed while secrets made from it are in use."""

    def __init__(self, keys: SecretStr) -> None:
        """``keys``: separated by commas. Raises as ``check_keys``."""
        self._keys = [part.strip().encode() for part in check_keys(keys).get_secret_value().split(",")]

    def derive(self, purpose: str, subject: UUID) -> bytes:
        """The 32 bytes of ``subject`` for ``purpose``; no other purpose or subject has the same."""
        return next(self.known(purpose, subject))

    def known(self, purpose: str, subject: UUID) -> Iterator[bytes]:
        """What each of the keys makes, the newest first."""
        message = f"joust {purpose} v1\n{subject}".encode()
        for key in self._keys:
            yield hmac.digest(key, message, "sha256")


def check_keys(keys: SecretStr) -> SecretStr:
    """The keys, separated by commas. Raises ``ValueError`` if one is too short to be a secret."""
    if any(len(key.strip()) < _SHORTEST_KEY for key in keys.get_secret_value().split(",")):
        raise ValueError(f"each key must have at least {_SHORTEST_KEY} characters, made at random")
    return keys
