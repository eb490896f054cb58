"""Workers of one kind of job: those of faststream-outbox, with less work for each job and less in hand.

The library has what is hard: connections that are opened again, LISTEN beside polling, stopping in order. Its
way through FastStream costs a job ten times as much as running it does, and a worker waits for each DELETE.
Here the job is run directly, its row goes with those of others that ended meanwhile, and how many jobs are
taken follows from how long jobs take.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from faststream._internal.broker.registrator import Registrator
from faststream._internal.endpoint.subscriber.call_item import CallsCollection
from faststream.middlewares import AckPolicy
from faststream_outbox import OutboxBroker
from faststream_outbox.message import Ack, OutboxInnerMessage
from faststream_outbox.retry import RetryStrategyProto
from faststream_outbox.subscriber.config import OutboxSubscriberConfig, OutboxSubscriberSpecificationConfig
from faststream_outbox.subscriber.usecase import OutboxSubscriber, OutboxSubscriberSpecification
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from joust_kit.job_rows import JobRows

if TYPE_CHECKING:
    from faststream_outbox.subscriber.usecase import _PendingFlush

_AHEAD_OF_A_WORKER = 4
"""So many jobs wait in hand for each worker at the most: whoever comes meanwhile may wait for them, and so do
they themselves if this process dies."""
_UNREMOVED_OF_A_WORKER = 4
"""So many are done and still have their rows: as many may run twice if this process dies."""
_WEIGHT_OF_THE_NEWEST = 0.2
"""In the mean of how long jobs take: one that is slow counts for the next dozen."""


def jobs_ahead(*, job_seconds: float, fetch_seconds: float, workers: int) -> int:
    """How many jobs to have in hand beside those that run: as many as end while more are fetched.

    None for work that takes longer: a worker that becomes free takes what is first in the queue then.
    """
    ended = fetch_seconds * workers / max(job_seconds, 1e-6)
    return min(int(ended), _AHEAD_OF_A_WORKER * workers)


class InHand(asyncio.PriorityQueue[Any]):
    """What was taken and waits for a worker; what was due first is first, also before what came earlier."""

    def __init__(self, workers: int, wake: Callable[[], None]) -> None:
        """``wake``: told that a worker is idle."""
        super().__init__()
        self._workers = workers
        self._wake = wake
        self._idle = 0
        self._turn = asyncio.Lock()
        self._job_seconds = self._fetch_seconds = 1.0
        self.ahead = 0
        """Places beside those of idle workers."""

    @property
    def maxsize(self) -> int:
        """How many may be here now; the fetching loop fills the difference."""
        return self._idle + self.ahead

    async def get(self) -> OutboxInnerMessage:
        """The next for this worker, once there is one."""
        # Jobs that wait for nothing would keep everything else from running, the next fetch too. So between
        # two of them, of whichever workers, the event loop makes a turn.
        async with self._turn:
            await asyncio.sleep(0)
        row: OutboxInnerMessage
        if not self.empty():
            row = self.get_nowait()
            return row
        self._idle += 1
        self._wake()
        try:
            row = await super().get()
        finally:
            self._idle -= 1
        return row

    def has_run(self, seconds: float) -> None:
        """A job took so long."""
        self._job_seconds += _WEIGHT_OF_THE_NEWEST * (seconds - self._job_seconds)
        self.ahead = jobs_ahead(
            job_seconds=self._job_seconds, fetch_seconds=self._fetch_seconds, workers=self._workers
        )

    def _put(self, item: OutboxInnerMessage) -> None:
        self._fetch_seconds = time.monotonic() - item.claimed_at_monotonic
        super()._put((item.next_attempt_at, item.id, item))

    def _get(self) -> OutboxInnerMessage:
        row: OutboxInnerMessage
        *_, row = super()._get()
        return row


class JobWorkers(OutboxSubscriber):
    """Takes the jobs of one queue."""

    def __init__(
        self,
        config: OutboxSubscriberConfig,
        specification: OutboxSubscriberSpecification,
        calls: CallsCollection[Any],
        *,
        rows: JobRows,
        run: Callable[[OutboxInnerMessage], Awaitable[None]],
    ) -> None:
        super().__init__(config, specification, calls)
        self._rows = rows
        self._run = run
        self._unremoved = 0
        self._reset_inflight()

    def _reset_inflight(self) -> None:
        self._in_hand = InHand(self._config.max_workers, self._notify_event.set)
        self._inflight = self._in_hand
        self._refill_at = 1

    @asynccontextmanager
    async def _open_worker_resources(
        self, engine: AsyncEngine | None
    ) -> AsyncGenerator[Mapping[str, object]]:
        """Nothing: ``JobRows`` finds a connection for what workers write."""
        yield {"writer_conn": None}

    async def consume(self, msg: OutboxInnerMessage) -> None:
        """Run one job, and note what became of it."""
        if not self.running:
            return
        try:
            await self._run(msg)
        except Exception as error:  # noqa: BLE001 - a job may fail with anything, and is tried again
            msg.last_exception = error
            await msg.nack()
        else:
            await msg.ack()

    async def dispatch_one(
        self,
        row: OutboxInnerMessage,
        *,
        writer_conn: AsyncConnection | None = None,
        buffer: "list[_PendingFlush] | None" = None,
    ) -> bool:
        """Run one job, and have its row removed or planned again; True if it will be gone soon."""
        row.retry_strategy = self._config.retry_strategy
        began = time.monotonic()
        await self.consume(row)
        will_go = self._goes_soon(row)
        if not will_go:
            tags = self._base_tags(row.queue)
            await self._write_outcome(row, tags, buffer=None, writer_conn=writer_conn)
        self._in_hand.has_run(time.monotonic() - began)
        self._refill_at = max(1, self._in_hand.ahead // 2)
        return will_go

    def _goes_soon(self, row: OutboxInnerMessage) -> bool:
        """Have the row of a job that is done removed without waiting for it, unless something waits for that.

        A timer does: until its row is gone its name is taken, and setting it again would change nothing. So
        its worker begins nothing else before. And so it is once too many are not removed yet.
        """
        token = row.acquired_token
        if not isinstance(row.outcome, Ack) or token is None or row.timer_id is not None:
            return False
        if self._unremoved >= _UNREMOVED_OF_A_WORKER * self._config.max_workers:
            return False
        in_hand = self._inflight
        self._unremoved += 1

        def learn(was_ours: bool) -> None:
            self._unremoved -= 1
            if not was_ours:
                self._emit_lease_lost(row, phase="terminal")
            in_hand.task_done()

        self._rows.delete_soon(row.id, token, learn)
        return True


class JobBroker(OutboxBroker):
    """Publishes jobs, and has workers for each kind."""

    def add_workers(
        self,
        queue: str,
        run: Callable[[OutboxInnerMessage], Awaitable[None]],
        *,
        rows: JobRows,
        max_workers: int,
        lease_seconds: float,
        retry_strategy: RetryStrategyProto,
    ) -> None:
        """Have so many workers run the jobs of ``queue``."""
        outer: Any = self.config
        config = OutboxSubscriberConfig(
            _outer_config=outer,
            _ack_policy=AckPolicy.NACK_ON_ERROR,
            queues=[queue],
            max_workers=max_workers,
            retry_strategy=retry_strategy,
            fetch_batch_size=(1 + _AHEAD_OF_A_WORKER) * max_workers,
            min_fetch_interval=0.2,
            max_fetch_interval=min(5.0, lease_seconds / 3),
            lease_ttl_seconds=lease_seconds,
            max_deliveries=None,
            terminal_flush_batch_size=1,
            propagate_inbound_headers=False,
        )
        described = OutboxSubscriberSpecificationConfig(
            queues=[queue], title_=queue, description_=None, include_in_schema=False
        )
        calls: CallsCollection[Any] = CallsCollection()
        specification = OutboxSubscriberSpecification(
            _outer_config=outer, specification_config=described, calls=calls
        )
        workers = JobWorkers(config, specification, calls, rows=rows, run=run)
        Registrator.subscriber(self, workers)
        # Without a call the library starts no workers; ``consume`` runs the job without it.
        workers.add_call(parser_=None, decoder_=None, dependencies_=())(run)
