"""All SQL about accounts and API keys."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import bindparam, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from joust_contracts.spending import Spender
from joust_gateway.accounts.models import Account, ApiKey
from joust_gateway.accounts.rules import spender_of
from joust_gateway.agents.models import Agent

_KEYS = ApiKey.__table__.c  # type: ignore[attr-defined]
_ACCOUNTS = Account.__table__.c  # type: ignore[attr-defined]
_AGENTS = Agent.__table__.c  # type: ignore[attr-defined]

_HOLDER = (
    select(
        _KEYS.id.label("key_id"),
        _KEYS.scopes,
        _KEYS.last_used_at,
        _KEYS.daily_spend_cap_cents,
        _KEYS.total_spend_cap_cents,
        _ACCOUNTS.id.label("account_id"),
        _ACCOUNTS.display_name,
        _AGENTS.id.label("agent_id"),
    )
    .join(_ACCOUNTS.id.table, _ACCOUNTS.id == _KEYS.account_id)
    .join(_AGENTS.id.table, _AGENTS.account_id == _KEYS.account_id)
    .where(_AGENTS.is_default, _KEYS.revoked_at.is_(None), _KEYS.key_hash == bindparam("key_hash"))
)

_NOTE_USES = text(
    """
    WITH uses AS (
        SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:moments AS timestamptz[])) AS u (id, used_at)
    ),
    -- in one order and without waiting, so that two gateways that note the same keys never block each other
    locked AS (
        SELECT id FROM gateway.api_keys
        WHERE id = ANY (CAST(:ids AS uuid[])) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED
    )
    UPDATE gateway.api_keys AS k SET last_used_at = uses.used_at
    FROM uses JOIN locked USING (id)
    WHERE k.id = uses.id
      AND (k.last_used_at IS NULL OR k.last_used_at < uses.used_at - CAST(:pause AS interval))
    """
)


class Holder(NamedTuple):
    """Whose key it is, and what it may do."""

    key_id: UUID
    scopes: Sequence[str] | None
    last_used_at: datetime | None
    daily_spend_cap_cents: int | None
    total_spend_cap_cents: int | None
    account_id: UUID
    display_name: str
    agent_id: UUID

    @property
    def spender(self) -> Spender | None:
        """The key as the wallet has to know it; ``None`` without a cap."""
        return spender_of(self.key_id, self.daily_spend_cap_cents, self.total_spend_cap_cents)


async def find_holder(session: AsyncSession, key_hash: bytes) -> Holder | None:
    """The holder of an active key."""
    row = (await session.execute(_HOLDER, {"key_hash": key_hash})).one_or_none()
    return None if row is None else Holder(*row)


async def find_revoked(session: AsyncSession, key_ids: Collection[UUID]) -> Sequence[UUID]:
    """Those of the keys that work no more."""
    revoked = select(_KEYS.id).where(_KEYS.id.in_(key_ids), _KEYS.revoked_at.is_not(None))
    return (await session.execute(revoked)).scalars().all()


async def get_account(session: AsyncSession, account_id: UUID) -> Account:
    """An account that is there."""
    found: Account = (await session.execute(select(Account).where(_ACCOUNTS.id == account_id))).scalar_one()
    return found


async def lock_account(session: AsyncSession, account_id: UUID) -> None:
    """Hold the account against another request that adds to what it has."""
    await session.execute(select(_ACCOUNTS.id).where(_ACCOUNTS.id == account_id).with_for_update())


async def count_active_keys(session: AsyncSession, account_id: UUID) -> int:
    """How many keys of the account work."""
    mine = select(func.count()).where(_KEYS.account_id == account_id, _KEYS.revoked_at.is_(None))
    return int((await session.execute(mine)).scalar_one())


async def lock_key(session: AsyncSession, account_id: UUID, key_id: UUID) -> ApiKey | None:
    """A key of the account, held for a change."""
    mine = select(ApiKey).where(_KEYS.id == key_id, _KEYS.account_id == account_id)
    found: ApiKey | None = (await session.execute(mine.with_for_update())).scalar_one_or_none()
    return found


async def list_active_keys(session: AsyncSession, account_id: UUID) -> Sequence[ApiKey]:
    """The account's keys that work, newest first."""
    mine = select(ApiKey).where(_KEYS.account_id == account_id, _KEYS.revoked_at.is_(None))
    ordered = mine.order_by(_KEYS.created_at.desc(), _KEYS.id.desc())
    return (await session.execute(ordered)).scalars().all()


async def note_uses(session: AsyncSession, uses: Mapping[UUID, datetime], pause: timedelta) -> None:
    """Write when keys were used; a use less than ``pause`` after the one on record is left out."""
    moments = {"ids": list(uses), "moments": list(uses.values()), "pause": pause}
    await session.execute(_NOTE_USES, moments)
