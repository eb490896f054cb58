"""Facts about accounts and API keys, told by the gateway."""

from typing import ClassVar
from uuid import UUID

from joust_contracts.base import Message, UtcDatetime, Version
from joust_contracts.events.base import EventData
from joust_contracts.services import ServiceName
from joust_contracts.vocabulary import AccountKind, Scope


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
