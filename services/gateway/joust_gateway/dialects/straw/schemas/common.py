"""What several areas of the Straw API share."""

from typing import Generic, Self, TypeVar

from pydantic import Field

from joust_contracts.base import Message

T = TypeVar("T")


class Pagination(Message):
    """Where the next page begins."""

    has_more: bool
    next_cursor: str | None = Field(description="Opaque; send it as `cursor` for the next page.")


class Listing(Message, Generic[T]):
    """One page of a list, newest first."""

    data: tuple[T, ...]
    pagination: Pagination

    @classmethod
    def of(cls, data: tuple[T, ...], next_cursor: str | None) -> Self:
        """A page, and whether another follows."""
        return cls(
            data=data, pagination=Pagination(has_more=next_cursor is not None, next_cursor=next_cursor)
        )


class Quota(Message):
    """Submissions of the caller to a task."""

    used: int
    limit: int
    remaining: int
