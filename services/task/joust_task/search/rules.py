"""The cursor of a search. No I/O."""

from datetime import datetime
from typing import NamedTuple, Self
from uuid import UUID

from joust_contracts.base import render_utc
from joust_kit.errors import Invalid


class Place(NamedTuple):
    """Where the next page begins: after this task, in the order newest first."""

    created_at: datetime
    id: UUID

    def cursor(self) -> str:
        """``${created_at}|${id}``, both as answers show them.

        Source: Straw document, ``GET /api/v1/search/tasks``.
        """
        return f"{render_utc(self.created_at)}|{self.id}"

    @classmethod
    def of(cls, cursor: str) -> Self:
        """The place that a cursor names. Raises ``Invalid``."""
        created_at, _, id = cursor.partition("|")
        try:
            # A plus that was not escaped in a URL comes as a space.
            place = cls(datetime.fromisoformat(created_at.replace(" ", "+")), UUID(id))
            place.created_at.utctimetuple()
        except (ValueError, OverflowError) as error:
            raise _not_a_cursor() from error
        if place.created_at.tzinfo is None:
            raise _not_a_cursor()
        return place


def _not_a_cursor() -> Invalid:
    return Invalid(cursor="must be next_cursor of a page of this search: created_at|id")
