"""A competition's deadlines as durable timers."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from joust_contracts.base import Command
from joust_contracts.events import (
    CompetitionExpired,
    CompetitionSelectionReminded,
    CompetitionSubmissionsClosed,
)
from joust_contracts.vocabulary import CompetitionStatus
from joust_kit.database.unit_of_work import UnitOfWork
from joust_kit.failpoints import failpoint
from joust_kit.jobs import JobContext, job
from joust_task.competition_works import repository as works
from joust_task.competitions import repository
from joust_task.competitions.models import Competition
from joust_task.competitions.rules import refund_reason, reminder_at
from joust_task.competitions.telling import tell
from joust_task.fundings.commands import request_refund


class Step(StrEnum):
    """What time brings about."""

    CLOSE_SUBMISSIONS = "close_submissions"
    REMIND = "remind"
    EXPIRE = "expire"


class MoveCompetition(Command):
    """The competition whose moment has come, and for what."""

    competition_id: UUID
    step: Step


@job(MoveCompetition, queue="move_competition", max_attempts=1000)
async def move_competition(body: MoveCompetition, context: JobContext) -> None:
    """Take the step. Running twice, or after the creator chose, changes nothing."""
    async with context.database.transaction() as unit:
        await take_step(unit, body.competition_id, body.step)
    if __debug__:
        failpoint("after_competition_moved_before_its_timer_is_done")


async def set_timers(unit: UnitOfWork, competition: Competition) -> None:
    """Have all steps taken at their moments."""
    moments = {
        Step.CLOSE_SUBMISSIONS: competition.submission_deadline,
        Step.REMIND: reminder_at(competition.submission_deadline, competition.winner_deadline),
        Step.EXPIRE: competition.winner_deadline,
    }
    for step, at in moments.items():
        body = MoveCompetition(competition_id=competition.id, step=step)
        await unit.schedule(move_competition, body, at=at, timer_id=f"{competition.id}:{step}")


async def cancel_timers(unit: UnitOfWork, competition: Competition) -> None:
    """Nothing is due any more."""
    for step in Step:
        await unit.cancel(move_competition, f"{competition.id}:{step}")


async def take_step(unit: UnitOfWork, competition_id: UUID, step: Step) -> None:
    """What is due at the moment of ``step``; anything that does not fit the status is left as it is."""
    competition = await repository.lock(unit.session, competition_id)
    if competition is None:
        return
    if competition.submission_deadline <= unit.now:
        await _close_submissions(unit, competition)
    if competition.status is not CompetitionStatus.REVIEWING:
        return
    if competition.winner_deadline <= unit.now:
        await _expire(unit, competition)
    elif step is Step.REMIND and _is_to_be_reminded(competition, unit.now):
        competition.reminded_at = unit.now
        competition.version += 1
        unit.emit(CompetitionSelectionReminded(competition=competition.snapshot()))


def _is_to_be_reminded(competition: Competition, now: datetime) -> bool:
    due_at = reminder_at(competition.submission_deadline, competition.winner_deadline)
    return competition.reminded_at is None and due_at <= now


async def _close_submissions(unit: UnitOfWork, competition: Competition) -> None:
    if competition.status is CompetitionStatus.OPEN:
        competition.move_to(CompetitionStatus.REVIEWING)
        await tell(unit, CompetitionSubmissionsClosed(competition=competition.snapshot()))


async def _expire(unit: UnitOfWork, competition: Competition) -> None:
    competition.ended_at = unit.now
    competition.move_to(CompetitionStatus.EXPIRED)
    await tell(unit, CompetitionExpired(competition=competition.snapshot()))
    has_work = await works.has_handed_in(unit.session, competition.id)
    await request_refund(unit, competition.id, refund_reason(has_work=has_work))
