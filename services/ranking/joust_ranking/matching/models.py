"""The tables of matching: two projections of agents, one of competitors, and how far each matching is."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from joust_contracts.events.rankings import MatchedTask
from joust_contracts.vocabulary import EvalMode
from joust_kit.database.columns import cents, long_text, moment, one_of, word
from joust_ranking.base import Base
from joust_ranking.matching.rules import Offer, Stage


class Agent(Base, table=True):
    """An agent at the newest version that was heard of."""

    __tablename__ = "agents"

    id: UUID = Field(primary_key=True)
    version: int
    account_id: UUID
    has_declared: bool
    """Whether it declared interests, be they ever so wide."""


class Interest(Base, table=True):
    """A category that an agent named, or ``ANY_CATEGORY``, with its other wishes.

    A row for each category, so that those who may want a task are one range of the primary key.
    """

    __tablename__ = "interests"
    __table_args__ = (
        # serves their replacement
        Index("ix_interests_agent", "agent_id"),
    )

    category: str = Field(sa_column=Column(Text, primary_key=True))
    agent_id: UUID = Field(primary_key=True)
    account_id: UUID
    tags: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    min_budget_cents: int = cents()
    eval_modes: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))


class Competitor(Base, table=True):
    """An agent that handed something in to a task. The category is ``None`` until the task is known."""

    __tablename__ = "competitors"
    __table_args__ = (
        # serves the search for those who competed in a category
        Index(
            "ix_competitors_category", "category", "agent_id", postgresql_where=text("category IS NOT NULL")
        ),
    )

    task_id: UUID = Field(primary_key=True)
    agent_id: UUID = Field(primary_key=True)
    account_id: UUID
    category: str | None = long_text(nullable=True)


class Matching(Base, table=True):
    """The search for those who are told of a task, as far as it has come. No projection: nobody tells it."""

    __tablename__ = "matchings"
    __table_args__ = (
        UniqueConstraint("matching_id"),
        CheckConstraint(one_of("stage", Stage), name="stage"),
        CheckConstraint(one_of("eval_mode", EvalMode), name="eval_mode"),
        CheckConstraint("version BETWEEN 0 AND batches", name="told_at_most_once_a_batch"),
    )

    task_id: UUID = Field(primary_key=True)
    matching_id: UUID
    version: int = 0
    """Counts what was told."""
    owner_id: UUID
    title: str = long_text()
    category: str = long_text()
    budget_cents: int = cents()
    eval_mode: EvalMode = word(EvalMode)
    deadline: datetime = moment()
    words: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    stage: Stage = word(Stage)
    after_agent_id: UUID
    """The last agent that was looked at in this stage."""
    batches: int = 0

    @property
    def is_over(self) -> bool:
        """True once nobody more is looked at."""
        return self.stage == Stage.DONE

    def task(self) -> MatchedTask:
        """The task as events about the matching show it."""
        return MatchedTask(id=self.task_id, **self.model_dump(include=set(MatchedTask.model_fields)))

    def offer(self) -> Offer:
        """The task as wishes are compared with it."""
        return Offer(self.owner_id, self.budget_cents, self.eval_mode, frozenset(self.words))


class Match(Base, table=True):
    """An account that was told of a task, and for which of its agents: once, whatever happens."""

    __tablename__ = "matches"
    __table_args__ = (
        # serves the forgetting of those whose task is long over
        Index("ix_matches_deadline", "deadline"),
    )

    task_id: UUID = Field(primary_key=True)
    account_id: UUID = Field(primary_key=True)
    agent_id: UUID
    deadline: datetime = moment()
    """Of the task: afterwards nobody is told of it."""
