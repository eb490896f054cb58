"""Where in an owner's lines a page ends: a version of each of its two accounts.

Versions need no index but the one that keeps them contiguous, and never change.
"""

from collections.abc import Iterable
from typing import NamedTuple, Self

from joust_kit.errors import Invalid

_END = 2**63 - 1


class LinesCursor(NamedTuple):
    """Versions before which the next page begins."""

    available: int = _END
    held: int = _END

    def encode(self) -> str:
        """Opaque text for a URL."""
        return f"{self.available:x}-{self.held:x}"

    @classmethod
    def decode(cls, text: str | None) -> Self:
        """The place that ``text`` names, before all lines for no text.

        Raises ``Invalid`` for anything that ``encode`` did not make.
        """
        if text is None:
            return cls()
        try:
            available, held = (int(part, 16) for part in text.split("-"))
        except ValueError as error:
            raise Invalid(cursor="Not a cursor of this list. Send next_cursor as it came.") from error
        place = cls(available, held)
        if not all(0 < version <= _END for version in place) or place.encode() != text:
            raise Invalid(cursor="Not a cursor of this list. Send next_cursor as it came.")
        return place

    def after(self, shown: Iterable[tuple[str, int]]) -> Self:
        """The place after lines that were shown, each given as account and version, newest first."""
        last = {"available": self.available, "held": self.held} | dict(shown)
        return type(self)(**last)
