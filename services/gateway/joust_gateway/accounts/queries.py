"""What may be read of accounts and keys."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from joust_gateway.accounts import repository
from joust_gateway.accounts.models import Account
from joust_gateway.accounts.schemas import ApiKeyList, ApiKeyView


async def list_keys(session: AsyncSession, account_id: UUID) -> ApiKeyList:
    """The account's active keys, newest first."""
    keys = await repository.list_active_keys(session, account_id)
    return ApiKeyList(data=tuple(ApiKeyView.of(key) for key in keys))


async def get_account(session: AsyncSession, account_id: UUID) -> Account:
    """The account of a key that works, which is always there."""
    return await repository.get_account(session, account_id)
