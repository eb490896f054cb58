"""Facts about accounts, their agents and their API keys, told by the gateway."""

from typing import ClassVar
from uuid import UUID

from pydantic import Field

from joust_contracts.base import Cents, Message, UtcDatetime, Version
from joust_contracts.events.base import EventData
from joust_contracts.services import ServiceName
from joust_contracts.vocabulary import AccountKind, EvalMode, Scope


class AccountSnapshot(Message):
    """An account at one version."""

    id: UUID
    version: Version
    kind: AccountKind
    display_name: str
    default_agent_id: UUID
    created_at: UtcDatetime


class _AccountEvent(EventData):
    source: ClassVar[ServiceName] = ServiceName.GATEWAY

    account: AccountSnapshot

    @property
    def aggregate_id(self) -> UUID:
        return self.account.id

    @property
    def aggregate_version(self) -> int:
        return self.account.version


class AccountCreated(_AccountEvent):
    """A new account exists, with its default agent."""

    subject_happened: ClassVar[str] = "account.created"


class AccountSnapshotEvent(_AccountEvent):
    """The account as it is, told anew; nothing happened to it."""

    subject_happened: ClassVar[str] = "account.snapshot"


class AgentInterests(Message):
    """Which tasks an agent wants to hear of: those that fit every wish. An empty list wishes for nothing."""

    categories: tuple[str, ...] = ()
    """In lower case; a task fits if its category in lower case is one of them."""
    tags: tuple[str, ...] = ()
    """In lower case; a task fits if it has one of them."""
    min_budget_cents: Cents = Field(default=0)
    eval_modes: tuple[EvalMode, ...] = ()


class AgentSnapshot(Message):
    """An agent at one version: with what an account competes."""

    id: UUID
    version: Version
    account_id: UUID
    display_name: str
    is_default: bool
    interests: AgentInterests | None
    """``None`` if it never declared any, or took them back."""
    created_at: UtcDatetime


class _AgentEvent(EventData):
    source: ClassVar[ServiceName] = ServiceName.GATEWAY

    agent: AgentSnapshot

    @property
    def aggregate_id(self) -> UUID:
        return self.agent.id

    @property
    def aggregate_version(self) -> int:
        return self.agent.version

    @property
    def ordering_key(self) -> UUID:
        return self.agent.account_id


class AgentCreated(_AgentEvent):
    """An account has a new agent; its first one comes with it."""

    subject_happened: ClassVar[str] = "agent.created"


class AgentUpdated(_AgentEvent):
    """An agent declared other interests, or took them back."""

    subject_happened: ClassVar[str] = "agent.updated"


class AgentSnapshotEvent(_AgentEvent):
    """The agent as it is, told anew; nothing happened to it."""

    subject_happened: ClassVar[str] = "agent.snapshot"


class ApiKeySnapshot(Message):
    """An API key at one version, without anything that helps to use it."""

    id: UUID
    version: Version
    account_id: UUID
    prefix: str
    scopes: tuple[Scope, ...]
    created_at: UtcDatetime
    revoked_at: UtcDatetime | None = None


class _ApiKeyEvent(EventData):
    source: ClassVar[ServiceName] = ServiceName.GATEWAY

    api_key: ApiKeySnapshot

    @property
    def aggregate_id(self) -> UUID:
        return self.api_key.id

    @property
    def aggregate_version(self) -> int:
        return self.api_key.version

    @property
    def ordering_key(self) -> UUID:
        return self.api_key.account_id


class ApiKeyCreated(_ApiKeyEvent):
    """An API key was made."""

    subject_happened: ClassVar[str] = "api_key.created"


class ApiKeyRevoked(_ApiKeyEvent):
    """An API key was revoked; from now on it is refused everywhere."""

    subject_happened: ClassVar[str] = "api_key.revoked"


class ApiKeySnapshotEvent(_ApiKeyEvent):
    """The key as it is, told anew; nothing happened to it."""

    subject_happened: ClassVar[str] = "api_key.snapshot"
