"""Durable jobs and timers on a PostgreSQL table (faststream-outbox).

A job is scheduled inside a unit of work and so exists if, and only if, its cause was committed. A worker
takes it under a lease; if the worker dies, another takes the job when the lease has run out. So a job may
run twice, and its effect must be guarded by the state it finds. One that fails ``max_attempts`` times goes
to the table of dead jobs.
"""

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from faststream.middlewares import AckPolicy
from faststream_outbox import ExponentialRetry, OutboxBroker
from faststream_outbox.annotations import OutboxMessage
from faststream_outbox.message import OutboxInnerMessage
from opentelemetry.trace import SpanKind
from pydantic import BaseModel
from sqlalchemy import func, update
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from joust_kit.database.connections import open_engine
from joust_kit.database.database import Database
from joust_kit.database.tables import KitTables
from joust_kit.failpoints import failpoint
from joust_kit.job_rows import JobRows
from joust_kit.leases import LeaseLost, run_leased
from joust_kit.observability.logging import get_logger
from joust_kit.observability.metrics import JOBS
from joust_kit.observability.tracing import inject_context, span
from joust_kit.settings import ServiceSettings

log = get_logger(__name__)

B = TypeVar("B", bound=BaseModel)


@dataclass(frozen=True)
class JobContext:
    """What a running job has at hand."""

    database: Database
    resources: Any
    """What the service's ``bootstrap`` opened; the service's own accessor gives it its type."""
    correlation_id: str | None
    attempt: int
    """From 1; counts failures of the handler, not workers that died."""
    is_last_attempt: bool


@dataclass(frozen=True, kw_only=True)
class Job(Generic[B]):
    """A kind of work that runs after a commit, now or later."""

    queue: str
    body: type[B]
    run: Callable[[B, JobContext], Awaitable[None]]
    max_workers: int
    max_attempts: int
    lease_seconds: float
    """A dead worker's job waits this long for another. Longer than the work takes at the most, unless the
    lease is renewed meanwhile."""
    renews_lease: bool = False
    """True if the work may take longer than a lease, which is then renewed while the worker lives."""
    first_delay_seconds: float
    max_delay_seconds: float

    def within(self, longest_lease_seconds: float) -> "Job[B]":
        """The job under a lease of at most so long; one that is made shorter is renewed."""
        if self.lease_seconds <= longest_lease_seconds:
            return self
        return replace(self, lease_seconds=longest_lease_seconds, renews_lease=True)


def job(
    body: type[B],
    *,
    queue: str,
    max_workers: int = 2,
    max_attempts: int = 10,
    lease_seconds: float = 30,
    renews_lease: bool = False,
    first_delay_seconds: float = 0.5,
    max_delay_seconds: float = 60,
) -> Callable[[Callable[[B, JobContext], Awaitable[None]]], Job[B]]:
    """Declare a function as a job; list it in the service's ``bootstrap``."""

    def declare(run: Callable[[B, JobContext], Awaitable[None]]) -> Job[B]:
        return Job(
            queue=queue,
            body=body,
            run=run,
            max_workers=max_workers,
            max_attempts=max_attempts,
            lease_seconds=lease_seconds,
            renews_lease=renews_lease,
            first_delay_seconds=first_delay_seconds,
            max_delay_seconds=max_delay_seconds,
        )

    return declare


class JobQueue:
    """The jobs of one service: publishes them, and runs them once started."""

    def __init__(
        self, settings: ServiceSettings, tables: KitTables, jobs: Sequence[Job[Any]], database: Database
    ) -> None:
        self.jobs = [each.within(settings.job_longest_lease_seconds) for each in jobs]
        self._database = database
        self._table = tables.jobs
        self._engine = _engine_for(settings, self.jobs)
        self.resources: Any = None
        self.broker = OutboxBroker(
            self._engine,
            outbox_table=tables.jobs,
            dlq_table=tables.dead_jobs,
            logger=None,
            graceful_timeout=settings.shutdown_timeout_seconds,
        )
        self.broker.config.broker_config.client = JobRows(
            self._engine, tables.jobs, dlq_table=tables.dead_jobs
        )
        for each in self.jobs:
            self._subscribe(each)

    async def publish(
        self,
        session: AsyncSession,
        job: Job[B],
        body: B,
        *,
        at: datetime | None,
        delay: timedelta | None,
        timer_id: str | None,
        correlation_id: str | None = None,
    ) -> None:
        """Insert the job on ``session``'s transaction; use ``UnitOfWork.schedule``."""
        headers: dict[str, str] = {}
        inject_context(headers)
        await self.broker.publish(
            body.model_dump(mode="json"),
            queue=job.queue,
            session=session,
            headers=headers,
            correlation_id=correlation_id,
            activate_at=at,
            activate_in=delay,
            timer_id=timer_id,
        )

    async def publish_all(self, session: AsyncSession, job: Job[B], bodies: Sequence[B]) -> None:
        """Insert a job for each body in one statement; use ``UnitOfWork.schedule_all``."""
        headers: dict[str, str] = {}
        inject_context(headers)
        payloads = [body.model_dump(mode="json") for body in bodies]
        await self.broker.publish_batch(*payloads, queue=job.queue, session=session, headers=headers)

    async def cancel(self, session: AsyncSession, job: Job[Any], timer_id: str) -> None:
        """Delete a timer that has not begun; use ``UnitOfWork.cancel``."""
        await self.broker.cancel_timer(queue=job.queue, timer_id=timer_id, session=session)

    async def start(self) -> None:
        """Begin to run jobs."""
        if self.jobs:
            await self.broker.start()

    async def stop(self) -> None:
        """Finish or release the jobs in hand, take no more."""
        if self.jobs:
            await self.broker.stop()
        await self._engine.dispose()

    def _subscribe(self, job: Job[B]) -> None:
        retry = ExponentialRetry(
            initial_delay_seconds=job.first_delay_seconds,
            max_delay_seconds=job.max_delay_seconds,
            max_attempts=job.max_attempts,
            jitter_factor=0.4,
        )

        async def run(body: dict[str, Any], message: OutboxMessage) -> None:
            await self._run(job, body, message)

        self.broker.subscriber(
            job.queue,
            max_workers=job.max_workers,
            retry_strategy=retry,
            lease_ttl_seconds=job.lease_seconds,
            min_fetch_interval=0.2,
            max_fetch_interval=min(5.0, job.lease_seconds / 3),
            fetch_batch_size=max(2, job.max_workers),
            ack_policy=AckPolicy.NACK_ON_ERROR,
            title_=job.queue,
        )(run)

    async def _run(self, job: Job[B], body: dict[str, Any], message: OutboxMessage) -> None:
        row = message.raw_message
        if row.acquired_at is not None:
            self._database.server_clock.has_reached(row.acquired_at)
        attempt = row.attempts_count + 1
        context = JobContext(
            database=self._database,
            resources=self.resources,
            correlation_id=message.correlation_id,
            attempt=attempt,
            is_last_attempt=attempt >= job.max_attempts,
        )
        headers = {name: str(value) for name, value in (message.headers or {}).items()}
        with span(f"job {job.queue}", headers, SpanKind.CONSUMER):
            try:
                if __debug__:
                    failpoint("after_job_taken_before_run")
                await self._run_leased(job, job.body.model_validate(body), context, row)
            except LeaseLost:
                log.warning("job lost its lease", queue=job.queue, attempt=attempt)
                return
            except Exception as error:
                if __debug__:
                    failpoint("after_job_failure_before_its_retry")
                JOBS.labels(job.queue, "failed").inc()
                log.warning("job failed", queue=job.queue, attempt=attempt, error=repr(error))
                raise
            if __debug__:
                failpoint("after_job_run_before_done")
            JOBS.labels(job.queue, "done").inc()

    async def _run_leased(self, job: Job[B], body: B, context: JobContext, row: OutboxInnerMessage) -> None:
        if not job.renews_lease:
            await job.run(body, context)
            return

        async def renew() -> bool:
            return await self._renew(row)

        await run_leased(
            lambda: job.run(body, context),
            renew,
            lease_seconds=job.lease_seconds,
            age_seconds=time.monotonic() - row.claimed_at_monotonic,
        )

    async def _renew(self, row: OutboxInnerMessage) -> bool:
        """Have the row for another lease; False if another worker has it."""
        jobs = self._table
        ours = (jobs.c.id == row.id) & (jobs.c.acquired_token == row.acquired_token)
        async with self._engine.begin() as connection:
            renewed = await connection.execute(update(jobs).where(ours).values(acquired_at=func.now()))
        return renewed.rowcount > 0


def _engine_for(settings: ServiceSettings, jobs: Sequence[Job[Any]]) -> AsyncEngine:
    """A pool of its own: each subscriber keeps its connections for as long as it runs."""
    needed = sum(each.max_workers * (1 + each.renews_lease) + 1 for each in jobs)
    return open_engine(settings, application_name="joust-jobs", pool_size=max(1, needed), max_overflow=2)
