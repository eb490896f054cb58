"""What the task service owns, told as it is."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from joust_contracts.events import DropSnapshotEvent, FundingSnapshotEvent, TaskSnapshotEvent
from joust_kit.messaging.republish import Aggregate, aggregate
from joust_task.drops import repository as drops
from joust_task.drops.models import Drop
from joust_task.fundings.models import Funding
from joust_task.tasks.models import Task


async def _tell_drops(session: AsyncSession, rows: Sequence[Drop]) -> list[DropSnapshotEvent]:
    claims = await drops.claims_of(session, [drop.id for drop in rows])
    return [DropSnapshotEvent(drop=drop.snapshot(claims[drop.id])) for drop in rows]


AGGREGATES = (
    aggregate(Task, TaskSnapshotEvent, lambda task: TaskSnapshotEvent(task=task.snapshot())),
    aggregate(Funding, FundingSnapshotEvent, lambda each: FundingSnapshotEvent(funding=each.snapshot())),
    Aggregate(Drop, DropSnapshotEvent, _tell_drops),
)
