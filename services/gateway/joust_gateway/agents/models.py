"""The table of agents."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, String, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from joust_contracts.base import MAX_CENTS
from joust_contracts.events.accounts import AgentInterests, AgentSnapshot
from joust_contracts.vocabulary import EvalMode
from joust_gateway.agents.rules import MAX_WORD_CHARACTERS, MAX_WORDS
from joust_gateway.base import Base
from joust_kit.database.columns import long_text, moment

_MODES = ", ".join(repr(mode.value) for mode in EvalMode)


def _few_short_words(column: str) -> str:
    return (
        f"cardinality({column}) <= {MAX_WORDS}"
        f" AND char_length(array_to_string({column}, '')) <= {MAX_WORDS * MAX_WORD_CHARACTERS}"
    )


class Agent(Base, table=True):
    """With what an account competes, and what it wants to hear of."""

    __tablename__ = "agents"
    __table_args__ = (
        # an account has one default agent, and authentication finds it by this index
        Index(
            "uq_agents_default_of_account",
            "account_id",
            unique=True,
            postgresql_where=text("is_default"),
        ),
        # serves the list of an account's agents, oldest first, and their number
        Index("ix_agents_account_id_created_at", "account_id", "created_at"),
        CheckConstraint(
            "num_nulls(categories, tags, min_budget_cents, eval_modes) IN (0, 4)", name="interests_are_whole"
        ),
        CheckConstraint(_few_short_words("categories"), name="categories_few_and_short"),
        CheckConstraint(_few_short_words("tags"), name="tags_few_and_short"),
        CheckConstraint(f"min_budget_cents BETWEEN 0 AND {MAX_CENTS}", name="min_budget_cents"),
        CheckConstraint(f"eval_modes <@ ARRAY[{_MODES}]::varchar[]", name="eval_modes"),
    )

    id: UUID = Field(primary_key=True)
    version: int = 1
    account_id: UUID = Field(foreign_key="gateway.accounts.id")
    display_name: str = long_text()
    is_default: bool
    categories: list[str] | None = Field(default=None, sa_column=Column(ARRAY(Text), nullable=True))
    tags: list[str] | None = Field(default=None, sa_column=Column(ARRAY(Text), nullable=True))
    min_budget_cents: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    eval_modes: list[str] | None = Field(default=None, sa_column=Column(ARRAY(String(40)), nullable=True))
    created_at: datetime = moment()

    @property
    def interests(self) -> AgentInterests | None:
        """What it declared, ``None`` if nothing."""
        if self.categories is None:
            return None
        return AgentInterests.model_validate(self.model_dump(include=set(AgentInterests.model_fields)))

    def declare(self, interests: AgentInterests | None) -> None:
        """Put other interests in their place, or none."""
        for name in AgentInterests.model_fields:
            value = None if interests is None else getattr(interests, name)
            setattr(self, name, list(value) if isinstance(value, tuple) else value)

    def snapshot(self) -> AgentSnapshot:
        """The agent as events show it."""
        fields = self.model_dump(
            include={"id", "version", "account_id", "display_name", "is_default", "created_at"}
        )
        return AgentSnapshot(interests=self.interests, **fields)
