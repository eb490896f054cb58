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

from faststream_outbox import ExponentialRetry
from faststream_outbox.message import CORRELATION_ID_HEADER, OutboxInnerMessage
from opentelemetry.trace import SpanKind
from pydantic import BaseModel
from sqlalchemy import func, update
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from joust_kit.database.connections import open_engine
from joust_kit.database.database import Database
from joust_kit.database.tables import KitTables
from joust_kit.failpoints import failpoint
from joust_kit.job_rows import JobRows
from joust_kit.job_workers import JobBroker
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
        self._rows = JobRows(self._engine, tables.jobs, dlq_table=tables.dead_jobs)
        self.broker = JobBroker(
            self._engine,
            outbox_table=tables.jobs,
            dlq_table=tables.dead_jobs,
            logger=None,
            graceful_timeout=settings.shutdown_timeout_seconds,
        )
        self.broker.config.broker_config.client = self._rows
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
        await self._rows.close()
        await self._engine.dispose()

    def _subscribe(self, job: Job[B]) -> None:
        retry = ExponentialRetry(
            initial_delay_seconds=job.first_delay_seconds,
            max_delay_seconds=job.max_delay_seconds,
            max_attempts=job.max_attempts,
            jitter_factor=0.4,
        )

        async def run(row: OutboxInnerMessage) -> None:
            await self._run(job, row)

        self.broker.add_workers(
            job.queue,
            run,
            rows=self._rows,
            max_workers=job.max_workers,
            lease_seconds=job.lease_seconds,
            retry_strategy=retry,
        )

    async def _run(self, job: Job[B], row: OutboxInnerMessage) -> None:
        if row.acquired_at is not None:
            self._database.server_clock.has_reached(row.acquired_at)
        attempt = row.attempts_count + 1
        headers = row.headers or {}
        context = JobContext(
            database=self._database,
            resources=self.resources,
            correlation_id=headers.get(CORRELATION_ID_HEADER, str(row.id)),
            attempt=attempt,
            is_last_attempt=attempt >= job.max_attempts,
        )
        with span(f"job {job.queue}", headers, SpanKind.CONSUMER):
            try:
                if __debug__:
                    failpoint("after_job_taken_before_run")
                await self._run_leased(job, job.body.model_validate_json(row.payload), context, row)
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
    """A pool of its own: each kind of job keeps a connection for as long as it runs, and one removes what is
    done. More are for what workers write now and then: that a lease is renewed, or a job failed.
    """
    workers = sum(each.max_workers for each in jobs)
    return open_engine(
        settings, application_name="joust-jobs", pool_size=len(jobs) + 1, max_overflow=workers + 2
    )
