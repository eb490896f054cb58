"""Takes jobs and writes what became of them: together where several end at once, and also when the worker's
own connection is gone.

A worker keeps one connection for its writes and does not look at it between two jobs. After a restart of
PostgreSQL it finds out by the end of its next job that it can't say «done»: the job would wait for its lease
and run again, and if another worker that was idle takes it then, once more for each of them.
"""

import asyncio
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


class _Done:
    """A job that is done, and whose row is to go."""

    def __init__(self, id: int, token: UUID) -> None:
        self.lease = (id, token)
        self.was_ours: bool | None = None
        """Whether the row still had this lease; ``None`` until that is known."""


class JobRows(OutboxClient):
    """The table of jobs, as the workers of one process see it."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._done: list[_Done] = []
        self._turn = asyncio.Lock()

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
        """The job is over: done, or among the dead ones.

        What ends while another worker writes is written by the next one in a single statement. Each worker
        waits until its own row is gone, so nothing is told of a job, and none begun, before that is durable.
        """
        if dlq_payload is not None:
            return await self._insist(
                conn,
                lambda on: super(JobRows, self).delete_with_lease(
                    on, message_id, acquired_token, dlq_payload=dlq_payload
                ),
            )
        done = _Done(message_id, acquired_token)
        self._done.append(done)
        async with self._turn:
            if done.was_ours is None:
                await self._remove(conn)
        return bool(done.was_ours)

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

    async def _remove(self, conn: AsyncConnection | None) -> None:
        """Delete the rows of all that is done; what could not be deleted is left to the next worker."""
        batch, self._done = self._done, []
        try:
            await self._insist(conn, lambda on: self._delete(on, batch))
        finally:
            self._done = [*(each for each in batch if each.was_ours is None), *self._done]

    async def _delete(self, conn: AsyncConnection | None, batch: Sequence[_Done]) -> None:
        if len(batch) == 1:
            (only,) = batch
            only.was_ours = await super().delete_with_lease(conn, *only.lease)
            return
        deleted = await super().delete_batch_with_lease(conn, [each.lease for each in batch])
        for each in batch:
            each.was_ours = each.lease in deleted

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
