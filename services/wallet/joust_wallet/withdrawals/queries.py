"""What may be read of withdrawals: by each account, its own."""

from sqlalchemy.ext.asyncio import AsyncSession

from joust_contracts.internal.common import Page
from joust_contracts.internal.withdrawals import WithdrawalView
from joust_kit.identity import Actor
from joust_kit.paging import Cursor, cut_page
from joust_wallet.withdrawals import repository


async def list_withdrawals(
    session: AsyncSession, actor: Actor, limit: int, cursor: str | None
) -> Page[WithdrawalView]:
    """One page of the actor's withdrawals, newest first. Raises ``Invalid`` for a cursor that is none."""
    rows = await repository.list_of(session, actor.account_id, limit + 1, Cursor.decode(cursor))
    page, next_cursor = cut_page(rows, limit, lambda each: Cursor(each.created_at, each.id))
    return Page(data=tuple(each.view() for each in page), next_cursor=next_cursor)
