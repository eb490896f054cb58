"""Rules of API keys: their form, their hash, and what they may pass on. No I/O, no clock."""

import hashlib
import re
import secrets
from collections.abc import Collection, Sequence
from typing import NamedTuple
from uuid import UUID

from joust_contracts.spending import Spender
from joust_contracts.vocabulary import Scope
from joust_gateway.accounts.errors import ScopeNotHeld, SpendCapHeld

FULL_PREFIX = "straw_sk_"
"""Of keys with every scope (Straw document, ``authentication.key_prefix``)."""
LIMITED_PREFIX = "platform_api_"
"""Of tokens with some scopes (A2Gig's workflows)."""
HASH_BYTES = 32

_SECRET_BYTES = 32
_SHOWN_SECRET_CHARACTERS = 4
"""Enough to tell one's keys apart in a list, and no help in guessing one."""
_FORM = re.compile(rf"({FULL_PREFIX}|{LIMITED_PREFIX})[0-9a-f]{{{2 * _SECRET_BYTES}}}")


class NewKey(NamedTuple):
    """A key that was just made."""

    secret: str
    """The whole key; shown once and stored nowhere."""
    prefix: str
    key_hash: bytes


def new_key(scopes: Collection[Scope] | None) -> NewKey:
    """A random key: with every scope for ``None``, else a limited one."""
    prefix = FULL_PREFIX if scopes is None else LIMITED_PREFIX
    secret = prefix + secrets.token_hex(_SECRET_BYTES)
    return NewKey(secret, secret[: len(prefix) + _SHOWN_SECRET_CHARACTERS], hash_of(secret))


def hash_of(secret: str) -> bytes:
    """What is stored of a key. SHA-256 without salt is enough for 256 random bits."""
    return hashlib.sha256(secret.encode()).digest()


def beginning_of(secret: str) -> str | None:
    """How the key begins, as lists show it; ``None`` of what could be no key of ours."""
    match = _FORM.fullmatch(secret)
    return None if match is None else secret[: len(match[1]) + _SHOWN_SECRET_CHARACTERS]


def scopes_of(granted: Sequence[str] | None) -> tuple[Scope, ...]:
    """Scopes as stored: ``None`` is every scope. One that this version does not know grants nothing."""
    if granted is None:
        return tuple(Scope)
    return tuple(scope for scope in Scope if scope.value in granted)


def spender_of(key_id: UUID, daily_cap_cents: int | None, total_cap_cents: int | None) -> Spender | None:
    """The key as the wallet has to know it; ``None`` for one that may spend everything."""
    if daily_cap_cents is None and total_cap_cents is None:
        return None
    return Spender(key_id=key_id, daily_cap_cents=daily_cap_cents, total_cap_cents=total_cap_cents)


def check_is_uncapped(spender: Spender | None) -> None:
    """Raises ``SpendCapHeld`` if a key with a cap asks for another key, which would have its own."""
    if spender is not None:
        raise SpendCapHeld()


def check_grant(wanted: Collection[Scope] | None, held: Collection[Scope]) -> None:
    """Raises ``ScopeNotHeld`` if a key with ``held`` asks for a key that can do more."""
    missing = sorted(scope.value for scope in set(wanted or Scope) - set(held))
    if missing:
        raise ScopeNotHeld(None, missing_scopes=list(missing))
