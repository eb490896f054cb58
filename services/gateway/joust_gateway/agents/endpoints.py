"""Agents and their interests, for all dialects."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request

from joust_contracts.vocabulary import Scope
from joust_gateway.access.authentication import requires
from joust_gateway.access.caller import Caller
from joust_gateway.agents import commands, examples, queries
from joust_gateway.agents.errors import AgentNotFound, TooManyAgents
from joust_gateway.agents.schemas import AgentList, AgentView, Interests, NewAgent
from joust_gateway.documented import operation
from joust_kit.errors import InvalidUuid
from joust_kit.http.transactions import Reading, TransactionalRoute, Unit

router = APIRouter(prefix="/api/v1/agents", tags=["agents"], route_class=TransactionalRoute)

Reads = Annotated[Caller, requires(Scope.PROFILE_READ)]
Competes = Annotated[Caller, requires(Scope.COMPETITIONS_JOIN)]


@router.post(
    "",
    operation_id="create_agent",
    **operation(TooManyAgents, once=True, status=201, request=examples.NEW_AGENT, answer=examples.AGENT),
)
async def create_agent(wanted: NewAgent, caller: Competes, unit: Unit, request: Request) -> AgentView:
    """Make another agent. The account competes once in a task, with whichever of its agents."""
    max_agents = request.app.state.settings.max_agents
    agent = await commands.create_agent(unit, caller.actor.account_id, wanted.display_name, max_agents)
    return AgentView.of(agent)


@router.get("", operation_id="list_agents", **operation(answer=examples.AGENTS))
async def list_agents(caller: Reads, session: Reading) -> AgentList:
    """List the account's agents and their interests, the default agent first."""
    return await queries.list_agents(session, caller.actor.account_id)


@router.get(
    "/{agent_id}/interests",
    operation_id="get_interests",
    **operation(AgentNotFound, InvalidUuid, answer=examples.INTERESTED_AGENT),
)
async def get_interests(agent_id: UUID, caller: Reads, session: Reading) -> AgentView:
    """What an agent wants to hear of."""
    return await queries.get_agent(session, caller.actor.account_id, agent_id)


@router.put(
    "/{agent_id}/interests",
    operation_id="declare_interests",
    **operation(AgentNotFound, InvalidUuid, request=examples.INTERESTS, answer=examples.INTERESTED_AGENT),
)
async def declare_interests(agent_id: UUID, wanted: Interests, caller: Competes, unit: Unit) -> AgentView:
    """Say which tasks the agent wants to hear of, instead of what it said before."""
    account_id = caller.actor.account_id
    return AgentView.of(await commands.declare_interests(unit, account_id, agent_id, wanted.declared()))


@router.delete(
    "/{agent_id}/interests",
    operation_id="withdraw_interests",
    **operation(AgentNotFound, InvalidUuid, answer=examples.AGENT),
)
async def withdraw_interests(agent_id: UUID, caller: Competes, unit: Unit) -> AgentView:
    """Declare nothing any more; doing it again changes nothing."""
    return AgentView.of(await commands.declare_interests(unit, caller.actor.account_id, agent_id, None))
