"""Takes jobs and writes what became of them, also when the worker's own connection is gone.

A worker keeps one connection for its writes and does not look at it between two jobs. After a restart of
PostgreSQL it finds out by the end of its next job that it can't say «done»: the job would wait for its lease
and run again, and if another worker that was idle takes it then, once more for each of them.
"""

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from faststream_outbox.client import OutboxClient
from faststream_outbox.message import OutboxInnerMessage
from sqlalchemy.ext.asyncio import AsyncConnection

from joust_kit.database.failures import is_unavailable

T = TypeVar("T")


class JobRows(OutboxClient):
    """The table of jobs, as workers see it."""

    async def fetch(
        self,
        conn: AsyncConnection | None,
        queues: Sequence[str],
        *,
        limit: int,
        lease_ttl_seconds: float,
    ) -> list[OutboxInnerMessage]:
        """Take jobs; ``claimed_at_monotonic`` of each is no later than the beginning of its lease."""
        asked = time.monotonic()
        rows = await super().fetch(conn, queues, limit=limit, lease_ttl_seconds=lease_ttl_seconds)
        for row in rows:
            row.claimed_at_monotonic = asked
        return rows

    async def delete_with_lease(
        self,
        conn: AsyncConnection | None,
        message_id: int,
        acquired_token: UUID,
        *,
        dlq_payload: Mapping[str, Any] | None = None,
    ) -> bool:
        """The job is over: done, or among the dead ones."""
        return await self._insist(
            conn,
            lambda on: super(JobRows, self).delete_with_lease(
                on, message_id, acquired_token, dlq_payload=dlq_payload
            ),
        )

    async def mark_pending_with_lease(
        self,
        conn: AsyncConnection | None,
        message_id: int,
        acquired_token: UUID,
        *,
        delay_seconds: float,
        attempts_count: int,
        first_attempt_at: datetime,
        last_attempt_at: datetime,
    ) -> bool:
        """The job failed, and shall be tried again after ``delay_seconds``."""
        return await self._insist(
            conn,
            lambda on: super(JobRows, self).mark_pending_with_lease(
                on,
                message_id,
                acquired_token,
                delay_seconds=delay_seconds,
                attempts_count=attempts_count,
                first_attempt_at=first_attempt_at,
                last_attempt_at=last_attempt_at,
            ),
        )

    async def _insist(
        self, conn: AsyncConnection | None, write: Callable[[AsyncConnection | None], Awaitable[T]]
    ) -> T:
        """Write on ``conn``, or on a new connection if that is gone.

        Raises then, too, so that the worker opens another; the write changes nothing if it is done twice.
        """
        try:
            return await write(conn)
        except Exception as error:
            if is_unavailable(error):
                async with self.engine.connect() as another:
                    await write(await another.execution_options(isolation_level="AUTOCOMMIT"))
            raise
