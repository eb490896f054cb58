"""What the task service owns, told as it is."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from joust_contracts.events import (
    CompetitionEntrySnapshotEvent,
    CompetitionSnapshotEvent,
    DropSnapshotEvent,
    FundingSnapshotEvent,
    TaskSnapshotEvent,
)
from joust_contracts.vocabulary import PrizeStatus
from joust_kit.messaging.republish import Aggregate, aggregate
from joust_task.competition_entries.models import CompetitionEntry
from joust_task.competitions import repository as competitions
from joust_task.competitions.models import Competition
from joust_task.drops import repository as drops
from joust_task.drops.models import Drop
from joust_task.fundings.models import Funding
from joust_task.tasks.models import Task


async def _tell_drops(session: AsyncSession, rows: Sequence[Drop]) -> list[DropSnapshotEvent]:
    claims = await drops.claims_of(session, [drop.id for drop in rows])
    return [DropSnapshotEvent(drop=drop.snapshot(claims[drop.id])) for drop in rows]


def _told(competition: Competition) -> CompetitionSnapshotEvent | None:
    """Nobody hears of a draft before its prize was asked for."""
    if competition.prize_status is PrizeStatus.UNASKED:
        return None
    return CompetitionSnapshotEvent(competition=competition.snapshot())


async def _tell_entries(
    session: AsyncSession, rows: Sequence[CompetitionEntry]
) -> list[CompetitionEntrySnapshotEvent]:
    owners = await competitions.owners_of(session, {entry.competition_id for entry in rows})
    return [
        CompetitionEntrySnapshotEvent(entry=entry.snapshot(owners[entry.competition_id])) for entry in rows
    ]


AGGREGATES = (
    aggregate(Task, TaskSnapshotEvent, lambda task: TaskSnapshotEvent(task=task.snapshot())),
    aggregate(Funding, FundingSnapshotEvent, lambda each: FundingSnapshotEvent(funding=each.snapshot())),
    Aggregate(Drop, DropSnapshotEvent, _tell_drops),
    aggregate(Competition, CompetitionSnapshotEvent, _told),
    Aggregate(CompetitionEntry, CompetitionEntrySnapshotEvent, _tell_entries),
)
