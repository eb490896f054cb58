"""The durable job that makes one batch of a replay, and has the next one made.

A batch and the place that it reached are committed at once, so one that runs twice acts once.
"""

from uuid import UUID

from pydantic import Field

from joust_contracts.base import Command
from joust_kit.database.unit_of_work import UnitOfWork
from joust_kit.jobs import JobContext, job
from joust_kit.paging import Cursor
from joust_webhook.deliveries.sending_again import resend_all
from joust_webhook.resends import repository

BATCH = 200
"""Few enough for a short transaction: each is a row that changes, and a job."""


class ResendBatch(Command):
    """One batch, counted from 1, of a replay."""

    resend_id: UUID
    step: int = Field(ge=1)


@job(ResendBatch, queue="resend", max_workers=1, max_attempts=1000, max_delay_seconds=300)
async def resend_batch(body: ResendBatch, context: JobContext) -> None:
    """Make the batch, unless it was made already."""
    async with context.database.transaction(correlation_id=context.correlation_id) as unit:
        await make_batch(unit, body)


async def make_batch(unit: UnitOfWork, body: ResendBatch) -> None:
    """Send the next deliveries again; plan the batch after it, or end the replay."""
    wanted = await repository.lock(unit.session, body.resend_id)
    if wanted is None or wanted.finished_at is not None or wanted.step != body.step:
        return
    batch = await repository.lock_batch(unit.session, wanted, BATCH)
    await resend_all(unit, batch)
    last = Cursor(batch[-1].created_at, batch[-1].id) if len(batch) == BATCH else None
    if wanted.take(len(batch), last, unit.now):
        await unit.schedule(resend_batch, ResendBatch(resend_id=wanted.id, step=wanted.step))
