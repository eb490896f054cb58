"""Spending with a key that has a cap, in the caller's transaction, which the edge commits.

Call these before anything else of the ledger is locked: the key's lock comes before those of owners and
accounts.
"""

from datetime import UTC

from joust_contracts.spending import Spender
from joust_kit.database.unit_of_work import UnitOfWork
from joust_wallet.spending import repository
from joust_wallet.spending.errors import SpendCapExceeded
from joust_wallet.spending.rules import left_of


async def spend(unit: UnitOfWork, spender: Spender | None, amount_cents: int) -> None:
    """Note what the key spends. Raises ``SpendCapExceeded`` if that is more than it may."""
    left = await hold_left(unit, spender)
    if left is not None and amount_cents > left:
        raise SpendCapExceeded(required=amount_cents, left=left)
    await note(unit, spender, amount_cents)


async def hold_left(unit: UnitOfWork, spender: Spender | None) -> int | None:
    """What the key may still spend, kept so until the transaction ends; ``None`` if it has no cap."""
    if spender is None:
        return None
    await repository.lock_key(unit.session, spender.key_id)
    today = unit.now.astimezone(UTC).date()
    return left_of(spender, await repository.spent(unit.session, spender.key_id, today))


async def note(unit: UnitOfWork, spender: Spender | None, amount_cents: int) -> None:
    """Note what was spent after ``hold_left`` allowed it."""
    if spender is not None and amount_cents > 0:
        today = unit.now.astimezone(UTC).date()
        await repository.add(unit.session, spender.key_id, today, amount_cents)
