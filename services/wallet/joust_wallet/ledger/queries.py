"""What may be read of the ledger, each owner its own."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from joust_contracts.internal.common import Page
from joust_contracts.internal.wallets import BalanceView, TransactionView
from joust_wallet.ledger import repository
from joust_wallet.ledger.cursors import LinesCursor
from joust_wallet.ledger.rules import AccountKey, AccountKind


async def get_balance(session: AsyncSession, owner_id: UUID, currency: str) -> BalanceView:
    """What the owner can spend and what is held, in minor units; 0 before the first transfer."""
    balances = await repository.balances_of(session, owner_id, currency)
    return BalanceView(
        available_cents=balances.get(AccountKind.AVAILABLE, 0),
        held_cents=balances.get(AccountKind.HELD, 0),
        currency=currency,
    )


async def get_past_balance(session: AsyncSession, owner_id: UUID, currency: str, at: datetime) -> BalanceView:
    """The balance at a moment, with all that had been written by then; of a future one, the present."""
    available, held = [
        await repository.past_balance(session, AccountKey(owner_id, kind, currency), at)
        for kind in (AccountKind.AVAILABLE, AccountKind.HELD)
    ]
    return BalanceView(available_cents=available, held_cents=held, currency=currency)


async def list_transactions(
    session: AsyncSession, owner_id: UUID, currency: str, limit: int, cursor: str | None
) -> Page[TransactionView]:
    """One page of the owner's lines in a currency, newest first.

    Raises ``Invalid`` for a cursor that is none.
    """
    place = LinesCursor.decode(cursor)
    rows = await repository.lines_of(session, owner_id, currency, limit + 1, place)
    page = rows[:limit]
    more = place.after((row.account, row.account_version, row.id) for row in page).encode()
    return Page(
        data=tuple(_view(row, currency) for row in page), next_cursor=more if len(rows) > limit else None
    )


def _view(row: Row[Any], currency: str) -> TransactionView:
    return TransactionView(
        id=row.transfer_id,
        account=row.account,
        amount_cents=row.amount_cents,
        balance_after_cents=row.balance_after_cents,
        currency=currency,
        kind=row.transfer_kind,
        cause_id=row.cause,
        created_at=row.created_at,
    )
