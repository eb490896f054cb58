"""Telling of what happened to a competition: its creator at once, those who take part some at a time."""

from joust_contracts.events import CompetitionAnnounced
from joust_contracts.events.competitions import MAX_ENTRANTS_OF_ONE_EVENT, CompetitionEvent
from joust_kit.database.unit_of_work import UnitOfWork
from joust_task.competition_entries import repository as entries


async def tell(unit: UnitOfWork, happened: CompetitionEvent) -> None:
    """Emit ``happened``, and announce it to all who take part. The competition's lock guards its entries."""
    unit.emit(happened)
    accounts = await entries.accounts_in(unit.session, happened.competition.id)
    for begin in range(0, len(accounts), MAX_ENTRANTS_OF_ONE_EVENT):
        unit.emit(
            CompetitionAnnounced(
                competition=happened.competition,
                fact=happened.subject_happened,
                entrants=tuple(accounts[begin : begin + MAX_ENTRANTS_OF_ONE_EVENT]),
            )
        )
