"""Workspaces as the Straw API shows them."""

import json
from typing import Annotated, Any, Generic, Self, TypeVar

from pydantic import Field, StringConstraints

from joust_contracts.base import Command, Message
from joust_contracts.internal.common import CURSOR, Text
from joust_contracts.internal.workspaces import (
    MAX_NAME_CHARACTERS,
    Deleted,
    PutValue,
    ValueEntry,
    ValueQuota,
)
from joust_kit.errors import Invalid

T = TypeVar("T")

ALPHABET = "Letters, digits and . _ - : /"
Name = Annotated[str, StringConstraints(max_length=MAX_NAME_CHARACTERS)]
"""A key or a path as it comes; what is wrong with it beside its length, the service says."""


class NewValue(Command):
    """What to keep."""

    value: Any = Field(description="Any JSON value.")

    def translated(self) -> PutValue:
        """The value as compact JSON text. Raises ``Invalid`` for what JSON can't say, or too deep nesting."""
        try:
            text = json.dumps(self.value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        except ValueError as error:
            raise Invalid(value="Infinity and NaN are no JSON, and numbers must fit a double.") from error
        except RecursionError as error:
            raise Invalid(value="is nested too deeply") from error
        # JSON can name half of a surrogate pair, which UTF-8 can't write: it stays escaped.
        return PutValue(value_json=text.encode("utf-8", "backslashreplace").decode())


class WorkspaceEntry(ValueEntry):
    """A value without the value."""

    key: str
    size_bytes: int = Field(description="Bytes of the value as compact JSON in UTF-8.")

    @classmethod
    def of(cls, entry: ValueEntry) -> Self:
        """Translate."""
        return cls(**entry.model_dump(include=set(cls.model_fields)))

    def with_value(self, value_json: str) -> bytes:
        """The answer that ``WorkspaceValue`` describes; the value stays as it was written."""
        return f'{self.model_dump_json()[:-1]},"value":{value_json}}}'.encode()


class WorkspaceValue(WorkspaceEntry):
    """A value."""

    value: Any


class WorkspaceQuota(ValueQuota):
    """What is kept in keys and values, and may be."""


class WorkspaceDeleted(Deleted):
    """Nothing is there any more, whether or not there was something."""


class WorkspaceListing(Message, Generic[T]):
    """One page of a list in the order of names."""

    data: tuple[T, ...]
    has_more: bool
    next_cursor: str | None = Field(description="Opaque; send it as `cursor` for the next page.")

    @classmethod
    def of(cls, data: tuple[T, ...], next_cursor: str | None) -> Self:
        """A page, and whether another follows."""
        return cls(data=data, has_more=next_cursor is not None, next_cursor=next_cursor)


class WorkspaceQuery(Command):
    """Which page of a list."""

    prefix: Annotated[Text, StringConstraints(max_length=MAX_NAME_CHARACTERS)] = Field(
        default="", description="Only names that begin with it."
    )
    limit: Annotated[int, Field(ge=1, le=200)] = Field(
        default=50, description="The most that one page holds."
    )
    cursor: Annotated[str, StringConstraints(max_length=1000)] | None = Field(
        default=None, description=CURSOR
    )
