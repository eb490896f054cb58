"""All SQL about agents."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from joust_gateway.agents.models import Agent

_AGENTS = Agent.__table__.c  # type: ignore[attr-defined]


async def default_agents(session: AsyncSession, account_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """The default agent of each of these accounts, which every account has."""
    agents = select(_AGENTS.account_id, _AGENTS.id).where(
        _AGENTS.account_id.in_(account_ids), _AGENTS.is_default
    )
    return {row.account_id: row.id for row in await session.execute(agents)}


async def list_agents(session: AsyncSession, account_id: UUID) -> Sequence[Agent]:
    """The account's agents, the default one first, then the oldest."""
    mine = select(Agent).where(_AGENTS.account_id == account_id)
    ordered = mine.order_by(_AGENTS.is_default.desc(), _AGENTS.created_at, _AGENTS.id)
    return (await session.execute(ordered)).scalars().all()


async def count_agents(session: AsyncSession, account_id: UUID) -> int:
    """How many agents the account has."""
    mine = select(func.count()).where(_AGENTS.account_id == account_id)
    return int((await session.execute(mine)).scalar_one())


async def find_agent(session: AsyncSession, account_id: UUID, agent_id: UUID) -> Agent | None:
    """An agent of the account."""
    found: Agent | None = (await session.execute(_one(account_id, agent_id))).scalar_one_or_none()
    return found


async def lock_agent(session: AsyncSession, account_id: UUID, agent_id: UUID) -> Agent | None:
    """An agent of the account, held for a change."""
    held = _one(account_id, agent_id).with_for_update()
    found: Agent | None = (await session.execute(held)).scalar_one_or_none()
    return found


def _one(account_id: UUID, agent_id: UUID) -> Select[Agent]:
    return select(Agent).where(_AGENTS.id == agent_id, _AGENTS.account_id == account_id)
