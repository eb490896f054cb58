"""Choosing the winner, once."""

from uuid import UUID

from joust_contracts.events import CompetitionAwarded
from joust_contracts.events.competitions import CompetitionWinner
from joust_contracts.events.fundings import WHOLE_BPS, Payee
from joust_contracts.internal.competitions import ChooseWinner
from joust_contracts.vocabulary import CompetitionStatus, DraftStatus
from joust_kit.database.unit_of_work import UnitOfWork
from joust_kit.identity import Actor
from joust_task.competition_works import repository as works
from joust_task.competitions.commands import lock_own
from joust_task.competitions.errors import NoSuchWork
from joust_task.competitions.models import Competition
from joust_task.competitions.rules import check_prize_is_held, check_takes_choice, check_transition
from joust_task.competitions.telling import tell
from joust_task.competitions.timers import cancel_timers
from joust_task.fundings.commands import request_payout


async def choose_winner(
    unit: UnitOfWork, actor: Actor, competition_id: UUID, wanted: ChooseWinner
) -> Competition:
    """Award the competition to work that was handed in; the prize goes to its account.

    Raises ``CompetitionNotFound``, ``NotTheCreator``, ``InvalidCompetitionTransition``, ``PrizeNotHeld`` or
    ``NoSuchWork``.
    """
    competition = await lock_own(unit, actor, competition_id)
    check_transition(competition.status, CompetitionStatus.AWARDED)
    check_takes_choice(competition.status, competition.winner_deadline, unit.now)
    check_prize_is_held(competition.prize_status)
    work = await works.find(unit.session, wanted.submission_id)
    if work is None or work.competition_id != competition.id or work.status is not DraftStatus.SUBMITTED:
        raise NoSuchWork()
    winner = CompetitionWinner(submission_id=work.id, account_id=work.account_id, agent_id=work.agent_id)
    competition.winner = winner.model_dump(mode="json")
    competition.ended_at = unit.now
    competition.move_to(CompetitionStatus.AWARDED)
    payee = Payee(rank=1, share_bps=WHOLE_BPS, **winner.model_dump())
    await request_payout(unit, competition.id, (payee,))
    await tell(unit, CompetitionAwarded(competition=competition.snapshot()))
    await cancel_timers(unit, competition)
    return competition
