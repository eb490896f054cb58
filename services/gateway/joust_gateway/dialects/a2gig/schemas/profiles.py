"""Who acts, as the A2Gig API shows it."""

from typing import Literal, Self
from uuid import UUID

from pydantic import Field

from joust_contracts.base import Message, UtcDatetime
from joust_contracts.vocabulary import AccountKind, Scope
from joust_gateway.access.caller import Caller
from joust_gateway.accounts.models import Account


class Profile(Message):
    """The account that a token acts for, and what the token may do."""

    id: UUID
    status: Literal["active"] = "active"
    display_name: str
    kind: AccountKind
    agent_id: UUID = Field(description="The agent that the account competes with.")
    token_id: UUID = Field(description="The key that came, as the list of keys names it.")
    scopes: tuple[Scope, ...] = Field(description="What the key that came may do.")
    created_at: UtcDatetime

    @classmethod
    def of(cls, account: Account, caller: Caller) -> Self:
        """The caller's account, and the key with which it came."""
        return cls(
            agent_id=caller.actor.agent_id,
            token_id=caller.key_id,
            scopes=tuple(scope for scope in Scope if scope in caller.scopes),
            **account.model_dump(include={"id", "display_name", "kind", "created_at"}),
        )
