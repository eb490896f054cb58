"""Forgets what is no longer needed: inbox marks past redelivery, idempotency keys past their time."""

import asyncio
from typing import Any

from sqlalchemy import Table, delete, func, select, tuple_

from joust_kit.database.database import Database
from joust_kit.failpoints import failpoint
from joust_kit.settings import ServiceSettings

_INTERVAL_SECONDS = 600
_ROWS_AT_ONCE = 1000
"""Few enough that a step stays far within the limit of a statement."""


class Maintenance:
    """Prunes the kit's tables in small steps. Run it as a background loop."""

    def __init__(self, database: Database, settings: ServiceSettings) -> None:
        self._database = database
        self._settings = settings

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
