"""What the wallet's answers mean to a drop that waits for its bounty."""

from datetime import timedelta

from joust_contracts.events import DropOpened, DropUpdated
from joust_contracts.events.escrows import EscrowSnapshot
from joust_contracts.vocabulary import DropStatus, EscrowStatus
from joust_kit.database.unit_of_work import UnitOfWork
from joust_task.drops import repository
from joust_task.drops.models import Drop
from joust_task.drops.telling import tell
from joust_task.drops.timers import CloseDrop, close_drop


async def take_answer(unit: UnitOfWork, escrow: EscrowSnapshot) -> None:
    """Open the drop whose bounty is held, or note what was missing.

    An answer to a cancelled drop changes nothing: the refund was asked for before, and is answered too.
    """
    drop = await repository.lock(unit.session, escrow.id)
    if drop is None or escrow.version <= drop.escrow_version:
        return
    drop.escrow_version = escrow.version
    if drop.status is not DropStatus.PENDING_PAYMENT or escrow.funding_version < drop.funding_version:
        return
    if escrow.status is EscrowStatus.HELD:
        await _open(unit, drop)
    elif escrow.status is EscrowStatus.REJECTED:
        drop.available_cents, drop.rejection_reason = escrow.available_cents, escrow.rejection_reason
        drop.touch(unit.now)
        await tell(unit, drop, DropUpdated)


async def _open(unit: UnitOfWork, drop: Drop) -> None:
    drop.available_cents = drop.rejection_reason = None
    drop.opened_at = unit.now
    drop.closes_at = unit.now + timedelta(seconds=drop.time_limit_seconds)
    drop.move_to(DropStatus.OPEN, unit.now)
    await unit.schedule(close_drop, CloseDrop(drop_id=drop.id), at=drop.closes_at, timer_id=str(drop.id))
    await tell(unit, drop, DropOpened)
