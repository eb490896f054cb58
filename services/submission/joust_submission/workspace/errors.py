"""Refusals about workspaces.

JoustError
├── NotFound             404  ValueNotFound
├── Conflict             409  KeyQuotaExceeded, ByteQuotaExceeded
├── TooLarge             413  ValueTooLarge
└── Invalid              422  UnacceptableName: a key, path or prefix that can't be one
"""

from joust_contracts.internal.common import ErrorCode
from joust_kit.errors import Conflict, Invalid, NotFound, TooLarge


class ValueNotFound(NotFound):
    """Nothing is kept under the key."""

    message = "There is no value under this key in your workspace."


class KeyQuotaExceeded(Conflict):
    """The account keeps as many keys as it may."""

    code = ErrorCode.KEY_QUOTA_EXCEEDED
    message = "Your workspace has as many keys as it may. Delete some first."


class ByteQuotaExceeded(Conflict):
    """The account would keep more bytes than it may."""

    code = ErrorCode.BYTE_QUOTA_EXCEEDED
    message = "Your workspace would have more bytes than it may. Delete something first."


class ValueTooLarge(TooLarge):
    """One value is larger than a value may be."""

    message = "The value is too large."


class UnacceptableName(Invalid):
    """A key, path or prefix breaks the rules of names; ``details`` says how."""

    message = "This can't be a name in a workspace; see details."
