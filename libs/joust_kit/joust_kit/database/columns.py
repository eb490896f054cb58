"""Columns as fields of SQLModel tables: each call makes a new column.

The return type is ``Any``, as that of ``sqlmodel.Field``, so that it can stand as a field's default.
"""

from enum import StrEnum
from typing import Any

from pydantic_core import PydanticUndefined
from sqlalchemy import BigInteger, Column, DateTime, Enum, LargeBinary, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field


def moment(*, nullable: bool = False, index: bool = False) -> Any:
    """A point in time with its zone."""
    return _field(Column(DateTime(timezone=True), nullable=nullable, index=index), nullable)


def long_text(*, nullable: bool = False) -> Any:
    """Text whose length the domain limits."""
    return _field(Column(Text, nullable=nullable), nullable)


def word(values: type[StrEnum], *, nullable: bool = False) -> Any:
    """A value of a ``StrEnum``, stored as its text; give the table a CHECK by ``one_of``."""
    kind = Enum(
        values, native_enum=False, length=40, values_callable=lambda all: [each.value for each in all]
    )
    return _field(Column(kind, nullable=nullable), nullable)


def cents(*, nullable: bool = False) -> Any:
    """An amount in minor units."""
    return _field(Column(BigInteger, nullable=nullable), nullable)


def document(*, nullable: bool = False) -> Any:
    """A JSON document that is read and replaced as a whole."""
    return _field(Column(JSONB(none_as_null=True), nullable=nullable), nullable)


def blob(*, nullable: bool = False) -> Any:
    """Bytes."""
    return _field(Column(LargeBinary, nullable=nullable), nullable)


def one_of(column: str, values: type[StrEnum]) -> str:
    """SQL of the CHECK that ``column`` is a value of the enumeration."""
    return f"{column} IN ({', '.join(repr(value.value) for value in values)})"


def _field(column: "Column[Any]", nullable: bool) -> Any:
    default = None if nullable else PydanticUndefined
    return Field(default=default, sa_column=column)


def _texts(values: type[StrEnum]) -> list[str]:
    return [value.value for value in values]
