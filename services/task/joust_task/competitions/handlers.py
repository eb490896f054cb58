"""Deeds that follow on what the wallet says of prizes."""

from joust_contracts.events import (
    EscrowSnapshotEvent,
    Event,
    FundsHeld,
    FundsRejected,
    FundsReleased,
    PayoutMade,
)
from joust_contracts.vocabulary import PostedKind
from joust_kit.database.unit_of_work import UnitOfWork
from joust_kit.messaging.subscriptions import handles
from joust_task.competitions.commands import hear_of_prize

Word = FundsHeld | FundsRejected | FundsReleased | PayoutMade | EscrowSnapshotEvent


@handles(FundsHeld)
async def fund_competition_on_funds_held(event: Event[FundsHeld], unit: UnitOfWork) -> None:
    """The prize is set aside; a competition that waited for it opens."""
    await _hear(event.data, unit)


@handles(FundsRejected)
async def unfund_competition_on_funds_rejected(event: Event[FundsRejected], unit: UnitOfWork) -> None:
    """The balance does not cover the prize; a competition that insisted on it is a draft again."""
    await _hear(event.data, unit)


@handles(FundsReleased)
async def note_returned_prize_on_funds_released(event: Event[FundsReleased], unit: UnitOfWork) -> None:
    """The prize went back to the creator."""
    await _hear(event.data, unit)


@handles(PayoutMade)
async def note_payout_on_payout_made(event: Event[PayoutMade], unit: UnitOfWork) -> None:
    """The prize went to the winner."""
    await _hear(event.data, unit)


@handles(EscrowSnapshotEvent)
async def note_prize_on_escrow_snapshot(event: Event[EscrowSnapshotEvent], unit: UnitOfWork) -> None:
    """Hear what the topics may have lost."""
    await _hear(event.data, unit)


async def _hear(word: Word, unit: UnitOfWork) -> None:
    if word.escrow.kind is PostedKind.COMPETITION:
        await hear_of_prize(unit, word.escrow)
