"""The drop clock and the expiry of claims as durable timers."""

from uuid import UUID

from joust_contracts.base import Command
from joust_kit.failpoints import failpoint
from joust_kit.jobs import JobContext, job
from joust_task.drops import ending
from joust_task.settings import TaskSettings


class CloseDrop(Command):
    """The drop whose window ends."""

    drop_id: UUID


@job(CloseDrop, queue="close_drop", max_attempts=1000)
async def close_drop(body: CloseDrop, context: JobContext) -> None:
    """End the window. Running twice, or after it was closed, changes nothing."""
    async with context.database.transaction() as unit:
        await ending.close_when_due(unit, body.drop_id)
    if __debug__:
        failpoint("after_drop_closed_before_its_timer_is_done")


class ExpireClaim(Command):
    """A claim whose time has come, unless it was refreshed meanwhile."""

    drop_id: UUID
    account_id: UUID


@job(ExpireClaim, queue="expire_claim", max_attempts=1000)
async def expire_claim(body: ExpireClaim, context: JobContext) -> None:
    """Free the claim's place. Running twice, or after it was refreshed or used, changes nothing."""
    settings: TaskSettings = context.resources.settings
    async with context.database.transaction() as unit:
        await ending.expire_when_due(unit, body.drop_id, settings.drop_claim_grace)
    if __debug__:
        failpoint("after_claim_expired_before_its_timer_is_done")
