"""What the gateway owns and tells, told as it is."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from joust_contracts.events import AccountSnapshotEvent, AgentSnapshotEvent, ApiKeySnapshotEvent
from joust_gateway.accounts.models import Account, ApiKey
from joust_gateway.agents import repository
from joust_gateway.agents.models import Agent
from joust_kit.messaging.republish import Aggregate, aggregate


async def _tell_accounts(session: AsyncSession, accounts: Sequence[Account]) -> list[AccountSnapshotEvent]:
    agents = await repository.default_agents(session, [account.id for account in accounts])
    return [AccountSnapshotEvent(account=each.snapshot(agents[each.id])) for each in accounts]


AGGREGATES = (
    Aggregate(Account, AccountSnapshotEvent, _tell_accounts),
    aggregate(Agent, AgentSnapshotEvent, lambda agent: AgentSnapshotEvent(agent=agent.snapshot())),
    aggregate(ApiKey, ApiKeySnapshotEvent, lambda key: ApiKeySnapshotEvent(api_key=key.snapshot())),
)
