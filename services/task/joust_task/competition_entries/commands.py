"""Joining and leaving. Each runs in the caller's transaction, which the edge commits.

The competition's row is locked for both, so that no entry comes after its deadline, and entrants are counted.
"""

from uuid import UUID

from joust_contracts.events import CompetitionEntryCreated, CompetitionEntryEnded
from joust_contracts.events.competitions import CompetitionEntrySnapshot
from joust_contracts.internal.competitions import JoinCompetition, LeaveCompetition
from joust_kit.database.unit_of_work import UnitOfWork
from joust_kit.identity import Actor
from joust_task.competition_entries import repository
from joust_task.competition_entries.errors import AlreadyJoined, NotJoined
from joust_task.competition_entries.models import CompetitionEntry
from joust_task.competition_entries.rules import (
    check_may_enter,
    check_takes_entrants,
    is_released,
    was_ended_by_release,
)
from joust_task.competitions import repository as competitions
from joust_task.competitions.commands import note_terms
from joust_task.competitions.errors import CompetitionNotFound
from joust_task.competitions.models import Competition
from joust_task.settings import TaskSettings
from joust_task.tasks.rules import in_milliseconds


async def join(
    unit: UnitOfWork, actor: Actor, competition_id: UUID, wanted: JoinCompetition, settings: TaskSettings
) -> CompetitionEntrySnapshot:
    """Take part from now on.

    Raises ``CompetitionNotFound``, ``OwnCompetition``, ``EntriesClosed`` or ``AlreadyJoined``.
    """
    competition = await _lock(unit, actor, competition_id)
    entry = await repository.find(unit.session, competition.id, actor.account_id)
    if entry is None:
        entry = CompetitionEntry(
            id=unit.new_id(),
            competition_id=competition.id,
            account_id=actor.account_id,
            agent_id=actor.agent_id,
            terms_version=settings.competition_terms_version,
            joined_at=in_milliseconds(unit.now),
        )
        unit.session.add(entry)
    elif entry.ended_at is None:
        raise AlreadyJoined()
    else:
        entry.version += 1
        entry.agent_id, entry.terms_version = actor.agent_id, settings.competition_terms_version
        entry.joined_at, entry.ended_at = in_milliseconds(unit.now), None
    competition.entrants += 1
    note_terms(unit, competition.id, actor.account_id, "join", settings)
    joined = entry.snapshot(competition.owner_id)
    unit.emit(CompetitionEntryCreated(entry=joined))
    return joined


async def leave(
    unit: UnitOfWork, actor: Actor, competition_id: UUID, wanted: LeaveCompetition
) -> CompetitionEntrySnapshot:
    """Take part no more; joining again is possible until the deadline.

    Whether the account may go was decided where work is handed in: nothing was, and nothing will be by the
    entry of ``wanted.entry_version``. That was before the deadline, so here it is not looked at any more. The
    event that tells of it may have ended the entry already.

    Raises ``CompetitionNotFound`` or ``NotJoined``.
    """
    competition = await competitions.lock(unit.session, competition_id)
    if competition is None or not competition.is_visible_to(actor.account_id):
        raise CompetitionNotFound()
    entry = await end_released(unit, competition, actor.account_id, wanted.entry_version)
    if entry is None or not was_ended_by_release(entry.version, entry.ended_at, wanted.entry_version):
        raise NotJoined()
    return entry.snapshot(competition.owner_id)


async def end_released(
    unit: UnitOfWork, competition: Competition, account_id: UUID, released_version: int
) -> CompetitionEntry | None:
    """The account's entry, which is ended if it is still the one that was released.

    The lock of ``competition`` guards it.
    """
    entry = await repository.find(unit.session, competition.id, account_id)
    if entry is not None and is_released(entry.version, entry.ended_at, released_version):
        entry.ended_at = unit.now
        entry.version += 1
        competition.entrants -= 1
        unit.emit(CompetitionEntryEnded(entry=entry.snapshot(competition.owner_id)))
    return entry


async def _lock(unit: UnitOfWork, actor: Actor, competition_id: UUID) -> Competition:
    competition = await competitions.lock(unit.session, competition_id)
    if competition is None or not competition.is_visible_to(actor.account_id):
        raise CompetitionNotFound()
    check_may_enter(competition.owner_id, actor.account_id)
    check_takes_entrants(competition.status, competition.submission_deadline, unit.now)
    return competition
