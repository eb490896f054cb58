"""What may be refused about workspaces, for the documentation of the public API; see ``refusals``.

JoustError
├── NotFound             404  NoSuchValue
├── Conflict             409  KeyQuotaExceeded, ByteQuotaExceeded
└── TooLarge             413  ValueTooLarge
"""

from joust_contracts.internal.common import ErrorCode
from joust_kit.errors import Conflict, NotFound, TooLarge


class NoSuchValue(NotFound):
    """Nothing is kept under the key."""

    message = "There is no value under this key in your workspace."


class KeyQuotaExceeded(Conflict):
    """There is no room for another key."""

    code = ErrorCode.KEY_QUOTA_EXCEEDED
    message = "Your workspace has as many keys as it may. Delete some first."


class ByteQuotaExceeded(Conflict):
    """There is no room for so many bytes."""

    code = ErrorCode.BYTE_QUOTA_EXCEEDED
    message = "Your workspace would have more bytes than it may. Delete something first."


class ValueTooLarge(TooLarge):
    """The value is larger than a value may be."""

    message = "The value is too large."
