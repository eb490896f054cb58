"""Refusals about accounts and keys.

JoustError
├── Forbidden            403  ScopeNotHeld, SpendCapHeld: a key may not make one that can do more
├── NotFound             404  ApiKeyNotFound: unknown, or of another account
└── Conflict             409  TooManyKeys
"""

from joust_kit.errors import Conflict, Forbidden, NotFound


class ScopeNotHeld(Forbidden):
    """The key that was used can do less than the one that is asked for."""

    message = "This key may not make a key with scopes that it does not have itself."


class SpendCapHeld(Forbidden):
    """The key that was used may spend so much and no more, and another key would have a cap of its own."""

    message = "A key with a spend cap may not make keys."


class ApiKeyNotFound(NotFound):
    """There is no such key, or it belongs to another account."""

    message = "There is no such API key."


class TooManyKeys(Conflict):
    """The account has as many active keys as it may."""

    message = "This account has too many active API keys. Revoke one first."
