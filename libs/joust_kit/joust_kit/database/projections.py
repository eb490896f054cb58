"""Projections: rows that hold what events said, each as of the newest version that came."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, cast

from sqlalchemy import Executable, Table
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import SQLModel


async def take_newer(session: AsyncSession, model: type[SQLModel], values: Mapping[str, Any]) -> bool:
    """Store the row unless a version as new is known, so that order and repetition do not matter.

    ``model`` has a column ``version``; ``values`` are by the names of its columns and hold them all.
    Tells whether the row was stored.
    """
    stored = await session.execute(_upsert_newer(cast("Table", model.__table__)), values)  # type: ignore[attr-defined]
    return stored.first() is not None


@lru_cache
def _upsert_newer(table: Table) -> Executable:
    """Built once for a table: building it takes longer than executing it."""
    key = list(table.primary_key.columns)
    statement = insert(table)
    changes = {column.name: statement.excluded[column.name] for column in table.columns if column not in key}
    newer = table.c.version < statement.excluded.version
    return statement.on_conflict_do_update(index_elements=key, set_=changes, where=newer).returning(*key)
