"""All tables of the service, for migrations."""

from joust_gateway.accounts.models import Account, Agent, ApiKey
from joust_gateway.base import KIT

METADATA = KIT.metadata

__all__ = ["METADATA", "Account", "Agent", "ApiKey"]
