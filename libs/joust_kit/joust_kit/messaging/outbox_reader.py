"""Reads the outbox in order, without passing over the dead rows of what was sent before.

Deleted rows stay in the index as long as any transaction in the database is open, and reading from the
beginning would slow down with each of them. So the reader begins behind what it has seen. Ids that it has not
seen below that are gaps: they belong to transactions that are still open, or were rolled back. Gaps are read
for again each time, until every transaction that could fill them has ended. So whatever is committed is
read, and in the order of ids, however late its commit comes. Should the bookkeeping ever be wrong, a look
at everything below the position finds the row within ``_LOOK_BACK_SECONDS``, and reading begins anew.
"""

import asyncio
import json
from typing import NamedTuple
from uuid import UUID

import asyncpg

from joust_kit.messaging.bus import Outgoing
from joust_kit.observability.logging import get_logger

log = get_logger(__name__)

BY_INDEX = {"enable_seqscan": "off", "enable_bitmapscan": "off"}
"""Settings of the reader's connection: statistics show an empty table, for which the planner would choose to
look at all of its pages."""
_TICK_SECONDS = 1.0
_LOOK_BACK_SECONDS = 30.0
_MAX_GAPS = 5_000
"""More would make reading slower than beginning anew."""


class Row(NamedTuple):
    """One event in the outbox."""

    id: int
    topic: str
    ordering_key: UUID
    headers: str
    value: bytes

    def message(self) -> Outgoing:
        """The event as it goes to Kafka."""
        return Outgoing(self.topic, self.ordering_key.bytes, json.loads(self.headers), self.value)


class OutboxReader:
    """What one relay knows of its outbox while it is at work; ``forget`` makes it read from the beginning."""

    def __init__(self, schema: str) -> None:
        columns = ", ".join(Row._fields)
        outbox = f"{schema}.outbox"
        self.query = f"""
            SELECT {columns} FROM {outbox} WHERE id = ANY($1::bigint[])
            UNION ALL
            (SELECT {columns} FROM {outbox} WHERE id > $2 ORDER BY id LIMIT $3)
            """  # noqa: S608 - the schema's name is a constant of ours
        self._newest = f"SELECT pg_sequence_last_value(pg_get_serial_sequence('{outbox}', 'id')::regclass)"
        self._missed = f"SELECT EXISTS (SELECT FROM {outbox} WHERE id <= $1 AND id <> ALL($2::bigint[]))"  # noqa: S608
        self._oldest = f"SELECT min(id) FROM {outbox}"  # noqa: S608
        self.forget()

    def forget(self) -> None:
        """Read from the beginning: what was read last has not all left the outbox."""
        self.position: int | None = None
        self.gaps: dict[int, int | None] = {}
        self._begun: tuple[int, int] | None = None
        self._next_tick = 0.0
        self._next_look_back = 0.0

    async def read(self, database: asyncpg.Connection, limit: int) -> list[Row]:
        """The oldest rows, in order. Unless ``forget`` is called, they are taken to leave the outbox."""
        await self._look_back(database)
        settled = await self._settled(database)
        found = await database.fetch(self.query, list(self.gaps), self.position or 0, limit)
        rows = sorted((Row(*record) for record in found), key=lambda row: row.id)
        for id in settled:
            self.gaps.pop(id, None)
        if self.position is not None:
            self._note(self.position, [row.id for row in rows])
        return rows

    async def _look_back(self, database: asyncpg.Connection) -> None:
        now = asyncio.get_running_loop().time()
        if self.position is None or now < self._next_look_back:
            return
        if await database.fetchval(self._missed, self.position, list(self.gaps)):
            log.error("the outbox reader passed over a row; it begins anew", position=self.position)
            self.forget()
        self._next_look_back = now + _LOOK_BACK_SECONDS

    def _note(self, position: int, ids: list[int]) -> None:
        for id in ids:
            self.gaps.pop(id, None)
        newer = [id for id in ids if id > position]
        if not newer:
            return
        if newer[-1] - position - len(newer) + len(self.gaps) > _MAX_GAPS:
            self.forget()
            return
        self.gaps |= dict.fromkeys(set(range(position + 1, newer[-1])) - set(newer))
        self.position = newer[-1]

    async def _settled(self, database: asyncpg.Connection) -> list[int]:
        """Gaps that nobody can fill any more; what fills them shows in the next read at the latest."""
        now = asyncio.get_running_loop().time()
        if now < self._next_tick or (self.position is not None and not self.gaps):
            return []
        self._next_tick = now + _TICK_SECONDS
        snapshot = "SELECT pg_snapshot_xmin(s)::text::bigint, pg_snapshot_xmax(s)::text::bigint"
        oldest_open, next_to_begin = await database.fetchrow(f"{snapshot} FROM pg_current_snapshot() s")
        if self.position is None:
            await self._begin(database, oldest_open, next_to_begin)
        settled = [id for id, end in self.gaps.items() if end is not None and end <= oldest_open]
        # Dated at the tick after it was seen: an id is drawn a moment before its transaction has a number.
        self.gaps |= {id: next_to_begin for id, end in self.gaps.items() if end is None}
        return settled

    async def _begin(self, database: asyncpg.Connection, oldest_open: int, next_to_begin: int) -> None:
        """Read from the beginning until all that were open then have ended; from there on gaps are known."""
        if self._begun is not None and self._begun[1] <= oldest_open:
            newest, first = self._begun[0], await database.fetchval(self._oldest)
            self.position = newest if first is None else min(newest, first - 1)
        elif self._begun is None:
            self._begun = (int(await database.fetchval(self._newest) or 0), next_to_begin)
