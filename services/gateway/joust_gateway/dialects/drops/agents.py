"""With which of its agents an account competes."""

from dataclasses import replace
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request

from joust_gateway.agents.queries import get_agent
from joust_gateway.clients.call import Call
from joust_kit.database.database import Database


async def _database(request: Request) -> Database:
    database: Database = request.app.state.database
    return database


OpenDatabase = Annotated[Database, Depends(_database)]


async def acting_as(call: Call, agent_id: UUID | None, database: Database) -> Call:
    """The call by another agent of the caller. Raises ``AgentNotFound`` for one of somebody else."""
    if agent_id is None:
        return call
    async with database.reading() as session:
        await get_agent(session, call.caller.actor.account_id, agent_id)
    actor = replace(call.caller.actor, agent_id=agent_id)
    return replace(call, caller=replace(call.caller, actor=actor))
