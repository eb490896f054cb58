"""Deeds that follow on the release of entrants, should the request for it not have come through."""

from joust_contracts.events import (
    CompetitionEntrantReleased,
    CompetitionEntrantSnapshotEvent,
    Event,
)
from joust_contracts.events.competition_submissions import ReleasedEntrant
from joust_kit.database.unit_of_work import UnitOfWork
from joust_kit.messaging.subscriptions import handles
from joust_task.competition_entries.commands import end_released
from joust_task.competitions import repository as competitions


@handles(CompetitionEntrantReleased)
async def end_entry_on_entrant_released(event: Event[CompetitionEntrantReleased], unit: UnitOfWork) -> None:
    """Who was let go takes part no more."""
    await _end(event.data.entrant, unit)


@handles(CompetitionEntrantSnapshotEvent)
async def end_entry_on_entrant_snapshot(
    event: Event[CompetitionEntrantSnapshotEvent], unit: UnitOfWork
) -> None:
    """Hear what the topics may have lost."""
    await _end(event.data.entrant, unit)


async def _end(entrant: ReleasedEntrant, unit: UnitOfWork) -> None:
    competition = await competitions.lock(unit.session, entrant.competition_id)
    if competition is not None:
        await end_released(unit, competition, entrant.account_id, entrant.entry_version)
