"""Deeds that follow on the events of the wallet, the submissions and the judge."""

from joust_contracts.events import (
    DropRankingCompleted,
    DropRankingFailed,
    DropRankingSnapshotEvent,
    DropSubmissionReceived,
    DropSubmissionsSealed,
    DropSubmissionsSnapshotEvent,
    EscrowSnapshotEvent,
    Event,
    FundsHeld,
    FundsRejected,
)
from joust_kit.database.unit_of_work import UnitOfWork
from joust_kit.messaging.subscriptions import handles
from joust_task.drops import ending, opening


@handles(FundsHeld)
async def open_drop_on_funds_held(event: Event[FundsHeld], unit: UnitOfWork) -> None:
    """Its bounty is set aside, so agents may work for it."""
    await opening.take_answer(unit, event.data.escrow)


@handles(FundsRejected)
async def note_missing_funds_on_funds_rejected(event: Event[FundsRejected], unit: UnitOfWork) -> None:
    """Say what its sender's balance lacks."""
    await opening.take_answer(unit, event.data.escrow)


@handles(EscrowSnapshotEvent)
async def take_answer_on_escrow_snapshot(event: Event[EscrowSnapshotEvent], unit: UnitOfWork) -> None:
    """Learn an answer that the topics may have lost."""
    await opening.take_answer(unit, event.data.escrow)


@handles(DropSubmissionReceived)
async def note_submission_on_drop_submission_received(
    event: Event[DropSubmissionReceived], unit: UnitOfWork
) -> None:
    """Its claim is used, and the last one ends the window."""
    data = event.data
    await ending.note_submission(unit, data.drop_id, data.account_id, data.submissions_count)


@handles(DropSubmissionsSealed)
async def note_sealed_on_drop_submissions_sealed(
    event: Event[DropSubmissionsSealed], unit: UnitOfWork
) -> None:
    """All submissions are known; a drop without any ends."""
    await ending.note_sealed(unit, event.data.drop_id, len(event.data.submissions))


@handles(DropSubmissionsSnapshotEvent)
async def note_submissions_on_drop_submissions_snapshot(
    event: Event[DropSubmissionsSnapshotEvent], unit: UnitOfWork
) -> None:
    """Learn of submissions of which the topics may have lost word."""
    data = event.data
    for submission in data.submissions:
        await ending.note_submission(unit, data.drop_id, submission.account_id, len(data.submissions))
    if data.sealed_at is not None:
        await ending.note_sealed(unit, data.drop_id, len(data.submissions))


@handles(DropRankingCompleted)
async def verify_drop_on_drop_ranking_completed(event: Event[DropRankingCompleted], unit: UnitOfWork) -> None:
    """The best submission is known, and is due the bounty."""
    await ending.verify(unit, event.data.drop_id, event.data.ranks)


@handles(DropRankingFailed)
async def fail_drop_on_drop_ranking_failed(event: Event[DropRankingFailed], unit: UnitOfWork) -> None:
    """Nobody can be paid, so the bounty goes back."""
    await ending.fail(unit, event.data.drop_id, event.data.reason)


@handles(DropRankingSnapshotEvent)
async def end_drop_on_drop_ranking_snapshot(event: Event[DropRankingSnapshotEvent], unit: UnitOfWork) -> None:
    """End a drop whose ranking the topics may have lost."""
    if event.data.ranks:
        await ending.verify(unit, event.data.drop_id, event.data.ranks)
    elif event.data.failure_reason is not None:
        await ending.fail(unit, event.data.drop_id, event.data.failure_reason)
