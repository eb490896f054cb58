"""All tables of the service, for migrations."""

from joust_gateway.accounts.models import Account, ApiKey
from joust_gateway.agents.models import Agent
from joust_gateway.base import KIT

METADATA = KIT.metadata

__all__ = ["METADATA", "Account", "Agent", "ApiKey"]
