"""What can be done to agents. Each runs in the caller's transaction, which the edge commits."""

from uuid import UUID

from joust_contracts.events import AgentCreated, AgentUpdated
from joust_contracts.events.accounts import AgentInterests
from joust_gateway.accounts import repository as accounts
from joust_gateway.agents import repository
from joust_gateway.agents.errors import AgentNotFound, TooManyAgents
from joust_gateway.agents.models import Agent
from joust_kit.database.unit_of_work import UnitOfWork


async def create_agent(unit: UnitOfWork, account_id: UUID, display_name: str, max_agents: int) -> Agent:
    """Make another agent for the account. Raises ``TooManyAgents``."""
    await accounts.lock_account(unit.session, account_id)
    if await repository.count_agents(unit.session, account_id) >= max_agents:
        raise TooManyAgents(None, max_agents=max_agents)
    return add_agent(unit, account_id, display_name, agent_id=unit.new_id(), is_default=False)


def add_agent(
    unit: UnitOfWork, account_id: UUID, display_name: str, *, agent_id: UUID, is_default: bool
) -> Agent:
    """Make an agent for an account that is new, or held."""
    agent = Agent(
        id=agent_id,
        account_id=account_id,
        display_name=display_name,
        is_default=is_default,
        created_at=unit.now,
    )
    unit.session.add(agent)
    unit.emit(AgentCreated(agent=agent.snapshot()))
    return agent


async def declare_interests(
    unit: UnitOfWork, account_id: UUID, agent_id: UUID, interests: AgentInterests | None
) -> Agent:
    """Replace what the agent wants to hear of; ``None`` takes it back. Raises ``AgentNotFound``."""
    agent = await repository.lock_agent(unit.session, account_id, agent_id)
    if agent is None:
        raise AgentNotFound()
    if agent.interests != interests:
        agent.declare(interests)
        agent.version += 1
        unit.emit(AgentUpdated(agent=agent.snapshot()))
    return agent
