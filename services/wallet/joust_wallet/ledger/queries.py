"""What may be read of the ledger."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from joust_contracts.internal.wallets import BalanceView
from joust_wallet.ledger import repository
from joust_wallet.ledger.rules import AccountKind


async def get_balance(session: AsyncSession, owner_id: UUID, currency: str) -> BalanceView:
    """What the owner can spend and what is held, in minor units; 0 before the first transfer."""
    balances = await repository.balances_of(session, owner_id, currency)
    return BalanceView(
        available_cents=balances.get(AccountKind.AVAILABLE, 0),
        held_cents=balances.get(AccountKind.HELD, 0),
        currency=currency,
    )
