"""The tables of accounts and API keys."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, Index, String, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from joust_contracts.events.accounts import AccountSnapshot, ApiKeySnapshot
from joust_contracts.vocabulary import AccountKind, Scope
from joust_gateway.accounts.rules import HASH_BYTES, scopes_of
from joust_gateway.base import Base
from joust_kit.database.columns import blob, cents, long_text, moment, one_of, word


class Account(Base, table=True):
    """Who acts: one account for all dialects."""

    __tablename__ = "accounts"
    __table_args__ = (CheckConstraint(one_of("kind", AccountKind), name="kind"),)

    id: UUID = Field(primary_key=True)
    version: int = 1
    kind: AccountKind = word(AccountKind)
    display_name: str = long_text()
    email: str | None = long_text(nullable=True)
    created_at: datetime = moment()

    def snapshot(self, default_agent_id: UUID) -> AccountSnapshot:
        """The account as events show it."""
        return AccountSnapshot(default_agent_id=default_agent_id, **self.model_dump(exclude={"email"}))


class ApiKey(Base, table=True):
    """A key that acts for an account. The key itself is known to its holder alone."""

    __tablename__ = "api_keys"
    __table_args__ = (
        # authentication finds the key by its hash
        UniqueConstraint("key_hash"),
        CheckConstraint(f"octet_length(key_hash) = {HASH_BYTES}", name="key_hash_is_sha256"),
        CheckConstraint("scopes IS NULL OR cardinality(scopes) > 0", name="scopes_not_empty"),
        CheckConstraint(
            "daily_spend_cap_cents >= 0 AND total_spend_cap_cents >= 0", name="caps_not_negative"
        ),
        # serves the list of an account's active keys, newest first, and their number
        Index(
            "ix_api_keys_active_of_account",
            "account_id",
            text("created_at DESC"),
            postgresql_where=text("revoked_at IS NULL"),
        ),
    )

    id: UUID = Field(primary_key=True)
    version: int = 1
    account_id: UUID = Field(foreign_key="gateway.accounts.id")
    name: str = long_text()
    prefix: str = long_text()
    key_hash: bytes = blob()
    granted: list[str] | None = Field(sa_column=Column("scopes", ARRAY(String(40)), nullable=True))
    """Scopes of a limited key; ``None`` means every scope, also those that come later."""
    daily_spend_cap_cents: int | None = cents(nullable=True)
    """What may be spent with the key in a day of UTC; ``None`` is everything."""
    total_spend_cap_cents: int | None = cents(nullable=True)
    """The same for as long as the key lives."""
    created_at: datetime = moment()
    last_used_at: datetime | None = moment(nullable=True)
    revoked_at: datetime | None = moment(nullable=True)

    @property
    def scopes(self) -> tuple[Scope, ...]:
        """What the key may do."""
        return scopes_of(self.granted)

    def snapshot(self) -> ApiKeySnapshot:
        """The key as events show it: nothing that helps to use it."""
        fields = self.model_dump(
            include={"id", "version", "account_id", "prefix", "created_at", "revoked_at"}
        )
        return ApiKeySnapshot(scopes=self.scopes, **fields)
