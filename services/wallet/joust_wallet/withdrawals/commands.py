"""Taking money out, in the caller's transaction, which the edge commits."""

from uuid import UUID

from joust_contracts.internal.withdrawals import CreateWithdrawal
from joust_contracts.vocabulary import WithdrawalStatus
from joust_kit.database.unit_of_work import UnitOfWork
from joust_kit.identity import Actor
from joust_wallet.deals.timers import wake_waiting_deals
from joust_wallet.ledger import commands as ledger
from joust_wallet.ledger.rules import AccountKey, AccountKind
from joust_wallet.payouts import repository as payouts
from joust_wallet.settings import WalletSettings
from joust_wallet.spending.commands import spend
from joust_wallet.withdrawals import repository
from joust_wallet.withdrawals.errors import NoPayoutMethod, NotCovered, PayoutsUnavailable
from joust_wallet.withdrawals.models import Withdrawal
from joust_wallet.withdrawals.providers import Outcome, PayoutOrder, Refused
from joust_wallet.withdrawals.rules import check_verified


async def request_withdrawal(
    unit: UnitOfWork, actor: Actor, wanted: CreateWithdrawal, settings: WalletSettings
) -> Withdrawal:
    """Set the amount aside; a job sends it to where the actor is paid now.

    Raises ``PayoutsUnavailable``, ``NoPayoutMethod``, ``PayoutNotVerified``,
    ``SpendCapExceeded`` or ``NotCovered``.
    """
    if settings.payout_provider == "none":
        raise PayoutsUnavailable()
    configuration = await payouts.lock(unit.session, actor.account_id)
    if configuration is None:
        raise NoPayoutMethod()
    check_verified(configuration.payout_method, configuration.wallet_verified_at)
    await spend(unit, actor.spender, wanted.amount_cents)
    withdrawal = Withdrawal(
        id=unit.new_id(),
        account_id=actor.account_id,
        status=WithdrawalStatus.PENDING,
        payout_method=configuration.payout_method,
        payout_address=configuration.payout_address,
        payout_chain=configuration.payout_chain,
        created_at=unit.now,
        **wanted.model_dump(),
    )
    hold = withdrawal.hold()
    book = await ledger.open_book(unit, [hold])
    if not book.covers(hold):
        purse = AccountKey(actor.account_id, AccountKind.AVAILABLE, withdrawal.currency)
        raise NotCovered(required=withdrawal.amount_cents, available=book.balance_of(purse))
    book.enter(hold, unit.new_id())
    await ledger.write_book(unit, book)
    repository.add(unit.session, withdrawal)
    return withdrawal


async def begin_attempt(unit: UnitOfWork, withdrawal_id: UUID) -> PayoutOrder | None:
    """Note, before it is done, that the provider is asked; ``None`` if its answer is known."""
    withdrawal = await repository.lock(unit.session, withdrawal_id)
    return withdrawal.begin_attempt() if withdrawal.is_in_flight else None


async def note_outcome(unit: UnitOfWork, withdrawal_id: UUID, outcome: Outcome) -> None:
    """Note the provider's answer: paid, or back to the account, or neither while nobody can tell.

    Another worker may have noted the same answer before; then this changes nothing.
    """
    withdrawal = await repository.lock(unit.session, withdrawal_id)
    if not withdrawal.is_in_flight:
        return
    transfer = withdrawal.note(outcome, unit.now)
    if transfer is None:
        return
    await ledger.post(unit, transfer)
    if isinstance(outcome, Refused):
        await wake_waiting_deals(unit, {withdrawal.account_id}, withdrawal.currency)
