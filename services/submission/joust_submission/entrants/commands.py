"""Leaving a competition: who has handed in nothing may go. Runs in the caller's transaction."""

from uuid import UUID

from joust_contracts.events import CompetitionEntrantReleased
from joust_kit.database.unit_of_work import UnitOfWork
from joust_kit.identity import Actor
from joust_submission.contests import repository as contests
from joust_submission.drafts import repository as drafts
from joust_submission.drafts.commands import hold_open
from joust_submission.entrants import repository
from joust_submission.entrants.errors import HasHandedIn, NotJoined
from joust_submission.entrants.models import Release
from joust_submission.entrants.rules import is_given_up


async def release_entrant(unit: UnitOfWork, actor: Actor, competition_id: UUID) -> Release:
    """Let the actor go; from now on nothing is taken by this entry. A second time changes nothing.

    The account's turn is taken first, as it is by whoever hands in, so one of the two comes before the
    other and is seen by it. The task service ends the entry when it is told, if the gateway did not ask for
    it before.

    Raises ``CompetitionNotKnown``, ``OwnCompetition``, ``SubmissionsClosed``, ``NotJoined`` or
    ``HasHandedIn``.
    """
    await drafts.take_turn(unit.session, competition_id, actor.account_id)
    await hold_open(unit, actor, competition_id)
    entry = await contests.find_entry(unit.session, competition_id, actor.account_id)
    if entry is None:
        raise NotJoined()
    release = await repository.find(unit.session, entry.id)
    if release is not None and is_given_up(entry.version, release.entry_version):
        return release
    if await drafts.has_handed_in(unit.session, competition_id, actor.account_id):
        raise HasHandedIn()
    if release is None:
        release = Release(
            id=unit.new_id(),
            competition_id=competition_id,
            account_id=actor.account_id,
            entry_id=entry.id,
            entry_version=entry.version,
            released_at=unit.now,
        )
        unit.session.add(release)
    else:
        release.version += 1
        release.entry_version, release.released_at = entry.version, unit.now
    unit.emit(CompetitionEntrantReleased(entrant=release.snapshot()))
    return release
