"""One keyset cursor for all lists: opaque, and stable while rows are inserted.

A list is ordered by ``(moment, id)`` descending, and the cursor names the last row of the page before.
"""

import base64
import binascii
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple, TypeVar
from uuid import UUID

from joust_kit.errors import Invalid

T = TypeVar("T")


class Cursor(NamedTuple):
    """Place after which the next page begins."""

    moment: datetime
    id: UUID

    def encode(self) -> str:
        """Opaque text for a URL."""
        return base64.urlsafe_b64encode(f"{self.moment.isoformat()}|{self.id}".encode()).decode().rstrip("=")

    @classmethod
    def decode(cls, text: str | None) -> "Cursor | None":
        """The place that ``text`` names, ``None`` for no text.

        Raises ``Invalid`` for anything that ``encode`` did not make.
        """
        if text is None:
            return None
        try:
            padded = text + "=" * (-len(text) % 4)
            moment, _, id = base64.urlsafe_b64decode(padded.encode()).decode().partition("|")
            cursor = cls(datetime.fromisoformat(moment), UUID(id))
        except (ValueError, binascii.Error) as error:
            raise Invalid(cursor="Not a cursor of this list. Send next_cursor as it came.") from error
        if cursor.moment.tzinfo is None:
            raise Invalid(cursor="Not a cursor of this list. Send next_cursor as it came.")
        return cursor


def cut_page(rows: Sequence[T], limit: int, place: Callable[[T], Cursor]) -> tuple[Sequence[T], str | None]:
    """Cut ``limit`` rows from ``limit + 1`` that were read; the cursor is ``None`` on the last page."""
    page = rows[:limit]
    return page, place(page[-1]).encode() if len(rows) > limit else None
