"""Where in an owner's lines a page ends: after a posting, and at a version of each of its two accounts.

The posting alone says which lines follow. The versions say where to begin to read, so that the list needs no
index but the one that keeps versions contiguous.
"""

from collections.abc import Iterable
from typing import NamedTuple, Self

from joust_kit.errors import Invalid

_END = 2**63 - 1


class LinesCursor(NamedTuple):
    """The next page has what is before all three."""

    posting: int = _END
    available: int = _END
    held: int = _END

    def encode(self) -> str:
        """Opaque text for a URL."""
        return "-".join(f"{part:x}" for part in self)

    @classmethod
    def decode(cls, text: str | None) -> Self:
        """The place that ``text`` names, before all lines for no text.

        Raises ``Invalid`` for anything that ``encode`` did not make.
        """
        if text is None:
            return cls()
        refusal = Invalid(cursor="Not a cursor of this list. Send next_cursor as it came.")
        try:
            posting, available, held = (int(part, 16) for part in text.split("-"))
        except ValueError as error:
            raise refusal from error
        place = cls(posting, available, held)
        if not all(0 < part <= _END for part in place) or place.encode() != text:
            raise refusal
        return place

    def after(self, shown: Iterable[tuple[str, int, int]]) -> Self:
        """The place after lines that were shown, newest first: each given as account, version and posting."""
        last = self._asdict()
        for account, version, posting in shown:
            last |= {account: version, "posting": posting}
        return type(self)(**last)
