"""What may be read of deals, and by whom."""

from sqlalchemy.ext.asyncio import AsyncSession

from joust_contracts.internal.common import Page
from joust_contracts.internal.wallets import DealView
from joust_kit.identity import Actor
from joust_kit.paging import Cursor, cut_page
from joust_wallet.deals import repository


async def list_deals(session: AsyncSession, actor: Actor, limit: int, cursor: str | None) -> Page[DealView]:
    """One page of the deals that the actor made, or that its agents are part of, newest first.

    Raises ``Invalid`` for a cursor that is none.
    """
    rows = await repository.list_of(session, actor.account_id, limit + 1, Cursor.decode(cursor))
    page, next_cursor = cut_page(rows, limit, lambda deal: Cursor(deal.created_at, deal.id))
    return Page(data=tuple(deal.snapshot() for deal in page), next_cursor=next_cursor)
