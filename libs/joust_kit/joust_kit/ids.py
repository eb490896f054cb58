"""New ids as a dependency: UUIDv7, which sort by time of creation (RFC 9562, section 5.7)."""

from typing import Protocol
from uuid import UUID

from uuid_utils.compat import uuid7


class Ids(Protocol):
    """Makes ids."""

    def new(self) -> UUID:
        """An id that was never given before."""
        ...


class RandomIds:
    """UUIDv7 from the machine's clock and randomness."""

    def new(self) -> UUID:
        """A fresh UUIDv7."""
        return uuid7()
