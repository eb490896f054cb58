"""Taking money in. It runs in the caller's transaction, which the edge commits."""

from joust_contracts.internal.wallets import CreateDeposit, DepositView
from joust_kit.database.unit_of_work import UnitOfWork
from joust_kit.identity import Actor
from joust_wallet.deals.timers import settle_waiting_deals
from joust_wallet.deposits.errors import FundingUnavailable
from joust_wallet.deposits.rules import funding_of
from joust_wallet.ledger import queries
from joust_wallet.settings import WalletSettings


async def make_deposit(
    unit: UnitOfWork, actor: Actor, wanted: CreateDeposit, settings: WalletSettings
) -> DepositView:
    """Credit the actor, then pay the deals that waited for it, as far as the balance goes.

    The ledger's transfer is the record of the deposit. Raises ``FundingUnavailable``.
    """
    if settings.funding_provider == "none":
        raise FundingUnavailable()
    deposit_id = unit.new_id()
    funding = funding_of(deposit_id, actor.account_id, wanted.amount_cents, wanted.currency)
    await settle_waiting_deals(unit, actor.account_id, wanted.currency, after=funding)
    balance = await queries.get_balance(unit.session, actor.account_id, wanted.currency)
    return DepositView(
        id=deposit_id, amount_cents=wanted.amount_cents, currency=wanted.currency, balance=balance
    )
