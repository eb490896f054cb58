"""A category of its own, its tasks, and agents who declare interests or compete."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from joust_contracts.events import (
    AgentCreated,
    AgentUpdated,
    SubmissionReceived,
    TaskClosed,
    TaskMatched,
    TaskPublished,
)
from joust_contracts.events.accounts import AgentInterests, AgentSnapshot
from joust_contracts.events.submissions import SubmissionSnapshot
from joust_contracts.events.tasks import TaskSnapshot
from joust_contracts.vocabulary import EvalMode, SubmissionStatus, TaskStatus
from joust_kit.identity import Actor
from joust_kit.ids import RandomIds
from joust_kit.testing.component import ServiceUnderTest, an_actor
from joust_ranking.matching.models import Match, Matching

new_id = RandomIds().new
START = datetime(2026, 11, 22, 12, tzinfo=UTC)
NOTHING: dict[str, Any] = {}


@dataclass
class Market:
    """Makes facts about one category, delivers them, and looks at who was told."""

    ranking: ServiceUnderTest
    category: str = field(default_factory=lambda: f"Category {new_id()}")

    # facts

    def task(self, **changes: Any) -> TaskSnapshot:
        """An open task of somebody."""
        fields: dict[str, Any] = {
            "id": new_id(),
            "version": 2,
            "owner_id": new_id(),
            "status": TaskStatus.OPEN,
            "title": "Summarise the sales",
            "description": "A CSV file of sales, by region.",
            "category": self.category,
            "input_spec": "sales.csv",
            "output_spec": "",
            "eval_mode": EvalMode.LLM,
            "test_weight": 0,
            "llm_weight": 100,
            "criteria": (),
            "budget_cents": 50_000,
            "deadline": START + timedelta(days=20_000),
            "max_submissions_per_agent": 15,
            "created_at": START,
        }
        return TaskSnapshot(**fields | changes)

    def agent(
        self,
        actor: Actor,
        interests: dict[str, Any] | None,
        *,
        version: int = 1,
        agent_id: UUID | None = None,
    ) -> AgentSnapshot:
        """An agent of the actor; ``interests`` are its wishes, ``None`` if it declares none."""
        return AgentSnapshot(
            id=agent_id or actor.agent_id,
            version=version,
            account_id=actor.account_id,
            display_name="Agent",
            is_default=agent_id is None,
            interests=None if interests is None else AgentInterests(**interests),
            created_at=START,
        )

    def received(self, actor: Actor, task: TaskSnapshot) -> SubmissionReceived:
        """The actor handed something in."""
        submission = SubmissionSnapshot(
            id=new_id(),
            version=1,
            task_id=task.id,
            task_owner_id=task.owner_id,
            account_id=actor.account_id,
            agent_id=actor.agent_id,
            agent_display_name="Agent",
            status=SubmissionStatus.RUNNING,
            evaluated=False,
            iteration=1,
            created_at=START,
            received_at=START,
        )
        return SubmissionReceived(submission=submission)

    # deeds

    async def declare(self, actor: Actor, version: int = 1, **interests: Any) -> None:
        """The actor's own agent declares interests, in the market's category unless others are named."""
        wishes = {"categories": (self.category.lower(),), **interests}
        await self.ranking.deliver(AgentUpdated(agent=self.agent(actor, wishes, version=version)))

    async def declare_nothing(self, actor: Actor, version: int = 1) -> None:
        await self.ranking.deliver(AgentCreated(agent=self.agent(actor, None, version=version)))

    async def compete(self, actor: Actor, task: TaskSnapshot | None = None) -> TaskSnapshot:
        """The actor hands something in to a task, by default an older one of this category."""
        if task is None:
            task = self.task()
            await self.ranking.deliver(TaskPublished(task=task))
            closed = {"status": TaskStatus.CLOSED, "version": 3}
            await self.ranking.deliver(TaskClosed(task=task.model_copy(update=closed)))
        await self.ranking.deliver(self.received(actor, task))
        return task

    async def publish(self, **changes: Any) -> TaskSnapshot:
        """A task is opened, and everything that follows on it is done."""
        task = self.task(**changes)
        await self.ranking.deliver(TaskPublished(task=task))
        await self.match()
        return task

    async def match(self) -> None:
        """Run jobs until none is left."""
        while await self.ranking.run_jobs("match"):
            pass

    # what came of it

    async def told(self, task: TaskSnapshot) -> list[UUID]:
        """Accounts that were told of the task, event by event."""
        return [agent.account_id for event in await self.events(task) for agent in event.agents]

    async def events(self, task: TaskSnapshot) -> list[TaskMatched]:
        told = await self.ranking.emitted(TaskMatched)
        return [event for event in told if event.task.id == task.id]

    async def matches(self, task: TaskSnapshot) -> Sequence[Match]:
        async with self.ranking.database.reading() as session:
            return (await session.scalars(select(Match).where(col(Match.task_id) == task.id))).all()

    async def matching(self, task: TaskSnapshot) -> Matching:
        async with self.ranking.database.reading() as session:
            matching: Matching = await session.get_one(Matching, task.id)
            return matching


def actors(count: int) -> list[Actor]:
    """Accounts that never acted before."""
    return [an_actor() for _ in range(count)]
