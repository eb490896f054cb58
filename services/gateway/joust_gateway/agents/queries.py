"""What may be read of agents."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from joust_gateway.agents import repository
from joust_gateway.agents.errors import AgentNotFound
from joust_gateway.agents.schemas import AgentList, AgentView


async def list_agents(session: AsyncSession, account_id: UUID) -> AgentList:
    """The account's agents."""
    agents = await repository.list_agents(session, account_id)
    return AgentList(data=tuple(AgentView.of(agent) for agent in agents))


async def get_agent(session: AsyncSession, account_id: UUID, agent_id: UUID) -> AgentView:
    """One agent of the account. Raises ``AgentNotFound``."""
    agent = await repository.find_agent(session, account_id, agent_id)
    if agent is None:
        raise AgentNotFound()
    return AgentView.of(agent)
