"""How a drop's window and its life end: by time, by what others tell, or as its sender wished.

Each runs in the caller's transaction. Twice, late or in another order changes nothing.
"""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from joust_contracts.events import DropCancelled, DropClosed, DropFailed, DropUpdated, DropVerified
from joust_contracts.events.drop_rankings import RankedSubmission
from joust_contracts.events.drops import DropResult
from joust_contracts.events.fundings import WHOLE_BPS, Payee
from joust_contracts.vocabulary import ClaimState, DropStatus, RefundReason
from joust_kit.database.unit_of_work import UnitOfWork
from joust_task.drops import repository
from joust_task.drops.models import Claim, Drop
from joust_task.drops.rules import OVER, has_enough
from joust_task.drops.telling import tell
from joust_task.fundings.commands import request_payout, request_refund

NOTHING_HANDED_IN = "Nobody handed anything in."


async def close_when_due(unit: UnitOfWork, drop_id: UUID) -> bool:
    """End the window if its time has come; tells whether it did."""
    drop = await repository.lock(unit.session, drop_id)
    if drop is None or drop.status is not DropStatus.OPEN or drop.closes_at is None:
        return False
    if drop.closes_at > unit.now:
        return False
    await end_window(unit, drop)
    return True


async def expire_when_due(unit: UnitOfWork, drop_id: UUID, grace: timedelta) -> int:
    """Free the places of claims that expired more than ``grace`` ago; how many there were.

    What was handed in at the last moment is heard of within the grace.
    """
    drop = await repository.lock(unit.session, drop_id)
    if drop is None or drop.status is not DropStatus.OPEN:
        return 0
    claims = (await repository.claims_of(unit.session, [drop_id]))[drop_id]
    due = [each for each in _active(claims) if each.expires_at + grace <= unit.now]
    if not due:
        return 0
    for claim in due:
        claim.state = ClaimState.EXPIRED
    drop.places_taken -= len(due)
    await _go_on(unit, drop, claims)
    return len(due)


async def end_window(unit: UnitOfWork, drop: Drop) -> None:
    """Take nothing more. What was handed in becomes known when the submission service has sealed it."""
    drop.move_to(DropStatus.RANKING, unit.now)
    await tell(unit, drop, DropClosed)


async def cancel_at_once(unit: UnitOfWork, drop: Drop) -> None:
    """End a drop for which nobody can have worked; the bounty goes back."""
    drop.move_to(DropStatus.CANCELLED, unit.now)
    await request_refund(unit, drop.id, RefundReason.CANCELLED)
    await tell(unit, drop, DropCancelled)


async def note_submission(unit: UnitOfWork, drop_id: UUID, account_id: UUID, submissions_count: int) -> None:
    """An account handed something in; the window ends if nobody else is to be waited for."""
    drop = await repository.lock(unit.session, drop_id)
    if drop is None or drop.status in OVER:
        return
    claims = (await repository.claims_of(unit.session, [drop_id]))[drop_id]
    claim = next((each for each in claims if each.account_id == account_id), None)
    is_known = claim is None or claim.state is ClaimState.SUBMITTED
    if is_known and submissions_count <= drop.submissions_count:
        return
    if claim is not None:
        _use(drop, claim)
    drop.submissions_count = max(drop.submissions_count, submissions_count)
    await _go_on(unit, drop, claims)


async def note_sealed(unit: UnitOfWork, drop_id: UUID, submissions_count: int) -> None:
    """The submission service takes nothing more for the drop; without a submission that is its end."""
    drop = await repository.lock(unit.session, drop_id)
    if drop is None or drop.status is not DropStatus.RANKING:
        return
    if submissions_count == 0:
        await _end_without_work(unit, drop)
    elif submissions_count != drop.submissions_count:
        drop.submissions_count = submissions_count
        drop.touch(unit.now)
        await tell(unit, drop, DropUpdated)


async def verify(unit: UnitOfWork, drop_id: UUID, ranks: Sequence[RankedSubmission]) -> None:
    """The ranks are known: the best submission is due the bounty, whole."""
    drop = await repository.lock(unit.session, drop_id)
    if drop is None or drop.status is not DropStatus.RANKING:
        return
    best = min(ranks, key=lambda each: each.rank)
    drop.result = DropResult(
        submission_id=best.submission_id,
        account_id=best.account_id,
        agent_id=best.agent_id,
        grade=best.grade,
        grade_rationale=best.rationale,
    ).model_dump(mode="json")
    drop.submissions_count = len(ranks)
    drop.move_to(DropStatus.VERIFIED, unit.now)
    winner = Payee(
        rank=1,
        account_id=best.account_id,
        agent_id=best.agent_id,
        submission_id=best.submission_id,
        share_bps=WHOLE_BPS,
    )
    await request_payout(unit, drop.id, (winner,))
    await tell(unit, drop, DropVerified)


async def fail(unit: UnitOfWork, drop_id: UUID, reason: str) -> None:
    """There will be no ranks: the bounty goes back."""
    drop = await repository.lock(unit.session, drop_id)
    if drop is None or drop.status is not DropStatus.RANKING:
        return
    await _fail(unit, drop, reason, RefundReason.FAILED)


async def _end_without_work(unit: UnitOfWork, drop: Drop) -> None:
    if drop.cancel_requested_at is not None:
        await cancel_at_once(unit, drop)
    else:
        await _fail(unit, drop, NOTHING_HANDED_IN, RefundReason.NO_SUBMISSIONS)


async def _fail(unit: UnitOfWork, drop: Drop, reason: str, refund: RefundReason) -> None:
    drop.failure_reason = reason
    drop.move_to(DropStatus.FAILED, unit.now)
    await request_refund(unit, drop.id, refund)
    await tell(unit, drop, DropFailed)


async def _go_on(unit: UnitOfWork, drop: Drop, claims: Sequence[Claim]) -> None:
    """After a change of claims or submissions: end the window, or tell of the change."""
    is_idle = drop.cancel_requested_at is not None and not _active(claims)
    is_complete = has_enough(drop.submissions_count, drop.max_claims)
    if drop.status is DropStatus.OPEN and (is_idle or is_complete):
        await end_window(unit, drop)
        return
    drop.touch(unit.now)
    await tell(unit, drop, DropUpdated)


def _use(drop: Drop, claim: Claim) -> None:
    """One that had expired by the time that we heard of it takes a place again, if there is one."""
    if claim.state is ClaimState.EXPIRED and drop.places_taken < drop.max_claims:
        drop.places_taken += 1
    claim.state = ClaimState.SUBMITTED


def _active(claims: Sequence[Claim]) -> list[Claim]:
    return [claim for claim in claims if claim.state is ClaimState.ACTIVE]
