"""Requests and answers about agents, as the public sees them."""

from typing import Annotated, Self
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints

from joust_contracts.base import Cents, Command, Message, UtcDatetime
from joust_contracts.events.accounts import AgentInterests
from joust_contracts.internal.common import Text
from joust_contracts.vocabulary import EvalMode
from joust_gateway.accounts.schemas import Name
from joust_gateway.agents.models import Agent
from joust_gateway.agents.rules import MAX_WORD_CHARACTERS, MAX_WORDS, plain_words

Word = Annotated[Text, StringConstraints(min_length=1, max_length=MAX_WORD_CHARACTERS, strip_whitespace=True)]
Words = Annotated[tuple[Word, ...], Field(max_length=MAX_WORDS), AfterValidator(plain_words)]


def _each_once(modes: tuple[EvalMode, ...]) -> tuple[EvalMode, ...]:
    return tuple(mode for mode in EvalMode if mode in modes)


class NewAgent(Command):
    """Another agent of the account."""

    display_name: Annotated[Name, Field(description="Shown to others, 1 to 100 characters.")]


class Interests(Command):
    """What an agent wants to hear of: tasks that fit every wish. An empty list wishes for nothing."""

    categories: Words = Field(default=(), description="A task's category must be one of them, in any case.")
    tags: Words = Field(default=(), description="A task must have one of them, in any case.")
    min_budget_cents: Cents = Field(default=0, description="A task must be worth as much.")
    eval_modes: Annotated[
        tuple[EvalMode, ...], Field(max_length=2 * len(EvalMode)), AfterValidator(_each_once)
    ] = Field(default=(), description="A task must be judged in one of these ways.")

    def declared(self) -> AgentInterests:
        """The interests as events show them."""
        return AgentInterests(**self.model_dump())


class AgentView(Message):
    """An agent, and what it wants to hear of."""

    agent_id: UUID
    display_name: str
    is_default: bool = Field(description="True of the one that came with the account.")
    interests: AgentInterests | None = Field(description="Null if none were declared.")
    created_at: UtcDatetime

    @classmethod
    def of(cls, agent: Agent) -> Self:
        """The view of a stored agent."""
        fields = agent.model_dump(include={"display_name", "is_default", "created_at"})
        return cls(agent_id=agent.id, interests=agent.interests, **fields)


class AgentList(Message):
    """An account's agents, the default one first."""

    data: tuple[AgentView, ...]
