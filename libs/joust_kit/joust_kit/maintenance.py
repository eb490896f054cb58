"""Forgets what is no longer needed: inbox marks past redelivery, idempotency keys past their time, and what
each service names (``Aged``).

The rows say themselves when their time is over, so neither a crash nor a long stop loses a date.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Table, delete, func, select, tuple_

from joust_kit.database.database import Database
from joust_kit.failpoints import failpoint
from joust_kit.settings import ServiceSettings

_INTERVAL_SECONDS = 600
_ROWS_AT_ONCE = 1000
"""Few enough that a step stays far within the limit of a statement."""


@dataclass(frozen=True, kw_only=True)
class Aged:
    """Rows that are forgotten some time after a moment that they hold; one that holds none stays."""

    table: str
    moment: str
    """Its column, with an index."""
    keep_for: timedelta


class Maintenance:
    """Prunes tables in small steps. Run it as a background loop; any number of processes may."""

    def __init__(self, database: Database, settings: ServiceSettings, aged: Sequence[Aged] = ()) -> None:
        self._database = database
        self._settings = settings
        self._aged = aged

    async def run(self) -> None:
        """Prune now and every ten minutes."""
        while True:
            await self.prune()
            await asyncio.sleep(_INTERVAL_SECONDS)

    async def prune(self) -> None:
        """Delete everything that is past its time."""
        tables = self._database.tables
        await self._prune(tables.inbox, tables.inbox.c.handled_at, self._settings.inbox_retention)
        keys = tables.idempotency_keys
        await self._prune(keys, keys.c.created_at, self._settings.idempotency_key_ttl)
        for each in self._aged:
            table = tables.metadata.tables[f"{tables.metadata.schema}.{each.table}"]
            await self._prune(table, table.c[each.moment], each.keep_for)

    async def _prune(self, table: Table, moment: Any, keep_for: Any) -> None:
        primary_key = list(table.primary_key)
        old = select(*primary_key).where(moment < func.now() - keep_for).limit(_ROWS_AT_ONCE)
        while True:
            async with self._database.transaction() as unit:
                pruned = delete(table).where(tuple_(*primary_key).in_(old))
                result = await unit.session.execute(pruned.returning(primary_key[0]))
                count = len(result.all())
            if __debug__:
                failpoint("after_pruning_step")
            if count < _ROWS_AT_ONCE:
                return
