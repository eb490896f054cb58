"""Following what posted work wants of its money, in the caller's transaction, which the edge commits.

The escrow's row is locked first, and the ledger's accounts after it, as everywhere.
"""

from collections.abc import Awaitable, Callable

from joust_contracts.events import FundsHeld, FundsRejected, FundsReleased, PayoutMade
from joust_contracts.events.fundings import FundingSnapshot
from joust_kit.database.unit_of_work import UnitOfWork
from joust_wallet.deals.timers import wake_waiting_deals
from joust_wallet.escrows import repository
from joust_wallet.escrows.models import Escrow
from joust_wallet.escrows.rules import Deed, deed_for, reason_to_reject, split
from joust_wallet.ledger import commands as ledger
from joust_wallet.ledger.rules import AccountKey, AccountKind
from joust_wallet.spending import commands as spending


async def follow_wish(unit: UnitOfWork, funding: FundingSnapshot) -> bool:
    """Do what the subject wants of its money; false if a wish as new was followed before.

    Raises ``EscrowEnded`` for a wish that contradicts what is final, and ``InsufficientFunds`` for a payout
    of what was never held and is not there.
    """
    escrow = await repository.make_or_lock(unit.session, Escrow.before_any_wish(funding, unit.now))
    if not escrow.take(funding):
        return False
    deed = deed_for(escrow.status, funding.wanted)
    escrow.version += 1
    await _DEEDS[deed](unit, escrow, funding)
    return True


async def _hold(unit: UnitOfWork, escrow: Escrow, funding: FundingSnapshot) -> None:
    left = await spending.hold_left(unit, funding.spender)
    hold = escrow.hold()
    book = await ledger.open_book(unit, [hold])
    reason = reason_to_reject(escrow.amount_cents, left, covered=book.covers(hold))
    if reason is None:
        await spending.note(unit, funding.spender, escrow.amount_cents)
        book.enter(hold, unit.new_id())
        escrow.become_held(unit.now)
        await ledger.write_book(unit, book)
        unit.emit(FundsHeld(escrow=escrow.snapshot()))
    else:
        available = book.balance_of(AccountKey(escrow.payer_id, AccountKind.AVAILABLE, escrow.currency))
        escrow.become_rejected(available if left is None else min(available, left), reason)
        unit.emit(FundsRejected(escrow=escrow.snapshot()))


async def _tell_again(unit: UnitOfWork, escrow: Escrow, _: FundingSnapshot) -> None:
    unit.emit(FundsHeld(escrow=escrow.snapshot()))


async def _pay(unit: UnitOfWork, escrow: Escrow, funding: FundingSnapshot) -> None:
    payouts = split(escrow.amount_cents, funding.payees)
    transfers = [escrow.payout(payouts)]
    if not escrow.is_held:
        # The request was lost or is late: what it would have held is paid at once.
        transfers.insert(0, escrow.hold())
        escrow.become_held(unit.now)
    book = await ledger.open_book(unit, transfers)
    for transfer in transfers:
        book.enter(transfer, unit.new_id())
    escrow.become_paid(payouts, unit.now)
    await ledger.write_book(unit, book)
    unit.emit(PayoutMade(escrow=escrow.snapshot()))
    await wake_waiting_deals(unit, {payout.account_id for payout in payouts}, escrow.currency)


async def _release(unit: UnitOfWork, escrow: Escrow, funding: FundingSnapshot) -> None:
    assert funding.refund_reason is not None  # noqa: S101 - the contract says so
    transfers = [escrow.refund()] if escrow.is_held else []
    book = await ledger.open_book(unit, transfers)
    for transfer in transfers:
        book.enter(transfer, unit.new_id())
    escrow.become_released(funding.refund_reason, unit.now)
    await ledger.write_book(unit, book)
    unit.emit(FundsReleased(escrow=escrow.snapshot()))
    if transfers:
        await wake_waiting_deals(unit, {escrow.payer_id}, escrow.currency)


_DEEDS: dict[Deed, Callable[[UnitOfWork, Escrow, FundingSnapshot], Awaitable[None]]] = {
    Deed.HOLD: _hold,
    Deed.TELL_AGAIN: _tell_again,
    Deed.PAY: _pay,
    Deed.RELEASE: _release,
}
