"""Making a deal. It runs in the caller's transaction, which the edge commits."""

from joust_contracts.events import DealCreated, DealSettled
from joust_contracts.internal.wallets import CreateDeal
from joust_contracts.vocabulary import DealStatus
from joust_kit.database.unit_of_work import UnitOfWork
from joust_kit.failpoints import failpoint
from joust_kit.identity import Actor
from joust_wallet.deals import repository
from joust_wallet.deals.errors import DealExists, NoSubmission
from joust_wallet.deals.models import Deal
from joust_wallet.deals.rules import DEAL_CURRENCY, check_task, platform_fee
from joust_wallet.deals.timers import settle_if_covered, wake_waiting_deals
from joust_wallet.entries import repository as entries
from joust_wallet.ledger import commands as ledger
from joust_wallet.settings import WalletSettings
from joust_wallet.spending.commands import spend


async def create_deal(unit: UnitOfWork, actor: Actor, wanted: CreateDeal, settings: WalletSettings) -> Deal:
    """Record the task's one deal, and pay it if the poster's balance covers it; else it waits as pending.

    Raises ``TaskNotFound``, ``NotTheOwner``, ``TaskNotClosed``, ``DealExists``, ``NoSubmission`` or
    ``SpendCapExceeded``. A deal that waits is spent as well.
    """
    deal = await _allowed_deal(unit, actor, wanted, settings.platform_fee_bps)
    await spend(unit, actor.spender, deal.value_cents)
    await ledger.hold_owner(unit, actor.account_id)
    payment = deal.payment()
    book = await ledger.open_book(unit, [payment] if payment is not None else [])
    is_settled = settle_if_covered(unit, book, deal, payment)
    if not await repository.add(unit.session, deal):
        raise DealExists()
    if __debug__:
        failpoint("after_deal_before_its_payment")
    await ledger.write_book(unit, book)
    # Created and settled are two facts with a version each, also when both happen at once.
    unit.emit(DealCreated(deal=deal.snapshot().model_copy(update={"version": 1})))
    if is_settled:
        unit.emit(DealSettled(deal=deal.snapshot()))
        await wake_waiting_deals(unit, {deal.agent_account_id}, deal.currency)
    return deal


async def _allowed_deal(unit: UnitOfWork, actor: Actor, wanted: CreateDeal, fee_bps: int) -> Deal:
    task = await entries.find_task(unit.session, wanted.task_id)
    check_task((task.owner_id, task.status) if task is not None else None, actor.account_id)
    if await repository.has_deal(unit.session, wanted.task_id):
        raise DealExists()
    agent_account_id = await entries.find_submitter(unit.session, wanted.task_id, wanted.agent_id)
    if agent_account_id is None:
        raise NoSubmission()
    return Deal(
        id=unit.new_id(),
        poster_id=actor.account_id,
        agent_account_id=agent_account_id,
        status=DealStatus.PENDING,
        platform_fee_cents=platform_fee(wanted.value_cents, fee_bps),
        currency=DEAL_CURRENCY,
        created_at=unit.now,
        **wanted.model_dump(),
    )
