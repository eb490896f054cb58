"""Keyset cursors for all lists: opaque, and stable while rows are inserted.

A list is ordered by ``(moment, id)`` descending, or by name, and the cursor names the last row of the page
before.
"""

import base64
import binascii
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol, TypeVar
from uuid import UUID

from joust_kit.errors import Invalid

T = TypeVar("T")

_NO_CURSOR = "Not a cursor of this list. Send next_cursor as it came."


class Place(Protocol):
    """Where in a list a row stands."""

    def encode(self) -> str:
        """Opaque text for a URL."""


def _encode(place: str) -> str:
    return base64.urlsafe_b64encode(place.encode()).decode().rstrip("=")


def _decode(text: str) -> str:
    """Raises ``ValueError``."""
    padded = text + "=" * (-len(text) % 4)
    return base64.urlsafe_b64decode(padded.encode()).decode()


class Cursor(NamedTuple):
    """Place after which the next page begins."""

    moment: datetime
    id: UUID

    def encode(self) -> str:
        """Opaque text for a URL."""
        return _encode(f"{self.moment.isoformat()}|{self.id}")

    @classmethod
    def decode(cls, text: str | None) -> "Cursor | None":
        """The place that ``text`` names, ``None`` for no text.

        Raises ``Invalid`` for anything that ``encode`` did not make.
        """
        if text is None:
            return None
        try:
            moment, _, id = _decode(text).partition("|")
            cursor = cls(datetime.fromisoformat(moment), UUID(id))
        except (ValueError, binascii.Error) as error:
            raise Invalid(cursor=_NO_CURSOR) from error
        if cursor.moment.tzinfo is None:
            raise Invalid(cursor=_NO_CURSOR)
        return cursor


class NameCursor(NamedTuple):
    """Place in a list that is ordered by name, after which the next page begins."""

    name: str = ""

    def encode(self) -> str:
        """Opaque text for a URL."""
        return _encode(self.name)

    @classmethod
    def decode(cls, text: str | None) -> "NameCursor":
        """The place that ``text`` names, before all names for no text.

        Raises ``Invalid`` for what ``encode`` did not make, and for a name that PostgreSQL can't store.
        """
        try:
            name = _decode(text or "")
        except (ValueError, binascii.Error) as error:
            raise Invalid(cursor=_NO_CURSOR) from error
        if "\x00" in name:
            raise Invalid(cursor=_NO_CURSOR)
        return cls(name)


def cut_page(rows: Sequence[T], limit: int, place: Callable[[T], Place]) -> tuple[Sequence[T], str | None]:
    """Cut ``limit`` rows from ``limit + 1`` that were read; the cursor is ``None`` on the last page."""
    page = rows[:limit]
    return page, place(page[-1]).encode() if len(rows) > limit else None
