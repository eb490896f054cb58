"""What can be done to a competition. Each runs in the caller's transaction, which the edge commits."""

from uuid import UUID

from joust_contracts.events import CompetitionPublished, CompetitionUpdated
from joust_contracts.events.escrows import EscrowSnapshot
from joust_contracts.internal.competitions import CreateCompetition, PublishCompetition, UpdateCompetition
from joust_contracts.vocabulary import CompetitionStatus, PostedKind, PrizeStatus, RefundReason
from joust_kit.database.unit_of_work import UnitOfWork
from joust_kit.identity import Actor
from joust_task.competitions import repository
from joust_task.competitions.errors import CompetitionNotFound, NotTheCreator
from joust_task.competitions.models import Competition, TermsAcceptance
from joust_task.competitions.rules import (
    check_deadlines,
    check_is_draft,
    check_may_ask_again,
    check_transition,
)
from joust_task.competitions.telling import tell
from joust_task.competitions.timers import set_timers
from joust_task.fundings.commands import request_funding, request_refund
from joust_task.fundings.rules import Subject
from joust_task.settings import TaskSettings
from joust_task.tasks.rules import in_milliseconds


async def create_competition(
    unit: UnitOfWork, actor: Actor, wanted: CreateCompetition, settings: TaskSettings
) -> Competition:
    """Make a draft, which nobody else sees. Raises ``Invalid``."""
    check_deadlines(
        wanted.submission_deadline, wanted.winner_deadline, unit.now, settings.min_time_to_deadline
    )
    competition = Competition(
        id=unit.new_id(),
        owner_id=actor.account_id,
        status=CompetitionStatus.DRAFT,
        prize_status=PrizeStatus.UNASKED,
        created_at=in_milliseconds(unit.now),
        tags=list(wanted.tags),
        **wanted.model_dump(exclude={"tags"}),
    )
    unit.session.add(competition)
    return competition


async def update_competition(
    unit: UnitOfWork, actor: Actor, competition_id: UUID, wanted: UpdateCompetition, settings: TaskSettings
) -> Competition:
    """Change the fields of a draft that came.

    Raises ``CompetitionNotFound``, ``NotTheCreator``, ``CompetitionNotDraft`` or ``Invalid``.
    """
    competition = await lock_own(unit, actor, competition_id)
    check_is_draft(competition.status)
    if not (changes := wanted.changes()):
        return competition
    if "tags" in changes:
        changes["tags"] = list(changes["tags"])
    competition.edit(changes)
    if changes.keys() & {"submission_deadline", "winner_deadline"}:
        check_deadlines(
            competition.submission_deadline,
            competition.winner_deadline,
            unit.now,
            settings.min_time_to_deadline,
        )
    return competition


async def delete_competition(unit: UnitOfWork, actor: Actor, competition_id: UUID) -> Competition:
    """Remove a draft. Raises ``CompetitionNotFound``, ``NotTheCreator`` or ``CompetitionNotDraft``."""
    competition = await lock_own(unit, actor, competition_id)
    check_is_draft(competition.status)
    if competition.prize_status is not PrizeStatus.UNASKED:
        # It was rejected; nothing can be held for it from now on.
        await request_refund(unit, competition.id, RefundReason.CANCELLED)
    await repository.delete(unit.session, competition)
    return competition


async def publish_competition(
    unit: UnitOfWork, actor: Actor, competition_id: UUID, wanted: PublishCompetition, settings: TaskSettings
) -> Competition:
    """Draft to open, and the prize is asked for; with ``require_funded`` it opens once the prize is held.

    Raises ``CompetitionNotFound``, ``NotTheCreator``, ``InvalidCompetitionTransition`` or ``Invalid`` (the
    draft may have lain for long).
    """
    competition = await lock_own(unit, actor, competition_id)
    next_status = CompetitionStatus.FUNDING if wanted.require_funded else CompetitionStatus.OPEN
    check_transition(competition.status, next_status)
    check_deadlines(
        competition.submission_deadline, competition.winner_deadline, unit.now, settings.min_time_to_deadline
    )
    note_terms(unit, competition.id, actor.account_id, "publish", settings)
    await _ask_for_prize(unit, actor, competition)
    if next_status is CompetitionStatus.OPEN:
        await _open(unit, competition)
    else:
        competition.move_to(CompetitionStatus.FUNDING)
    return competition


async def ask_for_prize_again(unit: UnitOfWork, actor: Actor, competition_id: UUID) -> Competition:
    """Ask the wallet once more for a prize that it rejected, e.g. after a deposit.

    Raises ``CompetitionNotFound``, ``NotTheCreator``, ``InvalidCompetitionTransition`` or
    ``PrizeNotAskedFor``.
    """
    competition = await lock_own(unit, actor, competition_id)
    check_may_ask_again(competition.status, competition.prize_status)
    await _ask_for_prize(unit, actor, competition)
    competition.version += 1
    unit.emit(CompetitionUpdated(competition=competition.snapshot()))
    return competition


async def hear_of_prize(unit: UnitOfWork, escrow: EscrowSnapshot) -> None:
    """Note what the wallet says of a prize, and open or give back a competition that waited for it."""
    competition = await repository.lock(unit.session, escrow.id)
    if competition is None or not competition.hear(escrow):
        return
    if competition.status is CompetitionStatus.FUNDING:
        if competition.prize_status is PrizeStatus.HELD:
            await _open(unit, competition)
            return
        if competition.prize_status is PrizeStatus.REJECTED:
            competition.move_to(CompetitionStatus.DRAFT)
    await tell(unit, CompetitionUpdated(competition=competition.snapshot()))


async def lock_own(unit: UnitOfWork, actor: Actor, competition_id: UUID) -> Competition:
    """The actor's own competition, locked. Raises ``CompetitionNotFound`` or ``NotTheCreator``."""
    competition = await repository.lock(unit.session, competition_id)
    if competition is None:
        raise CompetitionNotFound()
    if competition.owner_id != actor.account_id:
        raise NotTheCreator() if competition.status.is_published else CompetitionNotFound()
    return competition


def note_terms(
    unit: UnitOfWork, competition_id: UUID, account_id: UUID, deed: str, settings: TaskSettings
) -> None:
    """Keep who accepted the terms as they are now, and when."""
    unit.session.add(
        TermsAcceptance(
            id=unit.new_id(),
            competition_id=competition_id,
            account_id=account_id,
            deed=deed,
            terms_version=settings.competition_terms_version,
            accepted_at=unit.now,
        )
    )


async def _ask_for_prize(unit: UnitOfWork, actor: Actor, competition: Competition) -> None:
    competition.prize_status = PrizeStatus.REQUESTED
    competition.available_cents = competition.rejection_reason = None
    subject = Subject(competition.id, PostedKind.COMPETITION, competition.owner_id)
    await request_funding(unit, subject, competition.prize_cents, competition.currency, spender=actor.spender)


async def _open(unit: UnitOfWork, competition: Competition) -> None:
    competition.published_at = in_milliseconds(unit.now)
    competition.move_to(CompetitionStatus.OPEN)
    unit.emit(CompetitionPublished(competition=competition.snapshot()))
    await set_timers(unit, competition)
