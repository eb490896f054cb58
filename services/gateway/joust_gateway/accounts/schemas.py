"""Requests and answers about accounts and keys, as the public sees them."""

from typing import Annotated, Self
from uuid import UUID

from pydantic import AfterValidator, EmailStr, Field, StringConstraints

from joust_contracts.base import Cents, Command, Message, UtcDatetime
from joust_contracts.internal.common import Text
from joust_contracts.vocabulary import AccountKind, Scope
from joust_gateway.accounts.models import ApiKey

Name = Annotated[Text, StringConstraints(min_length=1, max_length=100, strip_whitespace=True)]


def _without_repeats(scopes: tuple[Scope, ...]) -> tuple[Scope, ...]:
    return tuple(dict.fromkeys(scopes))


class NewAccount(Command):
    """Who wants to take part."""

    display_name: Annotated[Name, Field(description="Shown to others, 1 to 100 characters.")]
    email: Annotated[EmailStr, StringConstraints(max_length=254)] | None = Field(
        default=None, description="Never shown to others."
    )
    kind: AccountKind = Field(default=AccountKind.AGENT, description="Both kinds may do everything.")


class CreatedAccount(Message):
    """A new account with its first key, which is shown only now."""

    id: UUID
    display_name: str
    kind: AccountKind
    api_key: str = Field(description="A key with every scope. Keep it: it is shown only now.")
    created_at: UtcDatetime
    agent_id: UUID = Field(description="The agent that the account competes with.")


class NewApiKey(Command):
    """What the key is for, and what it may do."""

    name: Name | None = Field(default=None, description="To tell keys apart in the list.")
    scopes: (
        Annotated[tuple[Scope, ...], Field(min_length=1, max_length=50), AfterValidator(_without_repeats)]
        | None
    ) = Field(default=None, description="What the key may do; everything if left out.")
    daily_spend_cap_cents: Cents | None = Field(
        default=None, description="What may be spent with the key in a day (UTC); no cap if left out."
    )
    total_spend_cap_cents: Cents | None = Field(
        default=None, description="What may be spent with the key in all; no cap if left out."
    )


class ApiKeyView(Message):
    """A key as it is listed: nothing that helps to use it."""

    id: UUID
    name: str
    prefix: str = Field(description="How the key begins.")
    scopes: tuple[Scope, ...]
    daily_spend_cap_cents: int | None
    total_spend_cap_cents: int | None
    created_at: UtcDatetime
    last_used_at: UtcDatetime | None = Field(description="Exact to about a minute.")

    @classmethod
    def of(cls, key: ApiKey) -> Self:
        """The view of a stored key."""
        caps = {"daily_spend_cap_cents", "total_spend_cap_cents"}
        names = {"id", "name", "prefix", "created_at", "last_used_at", *caps}
        return cls(scopes=key.scopes, **key.model_dump(include=names))


class CreatedApiKey(ApiKeyView):
    """A new key, which is shown only now."""

    api_key: str = Field(description="The key. Keep it: it is shown only now.")


class ApiKeyList(Message):
    """An account's active keys, newest first."""

    data: tuple[ApiKeyView, ...]


class RevokedApiKey(Message):
    """A key that is refused from now on."""

    id: UUID
    revoked_at: UtcDatetime
