"""One task and all that can be told about it, to be delivered in any order."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlmodel import col

from joust_contracts.events import (
    EvaluationCompleted,
    EvaluationFailed,
    EventData,
    LeaderboardChanged,
    SubmissionReceived,
    TaskClosed,
    TaskCreated,
    TaskDeadlinePassed,
    TaskPublished,
    TaskRanked,
)
from joust_contracts.events.evaluations import EvaluatedSubmission, Judgement
from joust_contracts.events.submissions import SubmissionSnapshot
from joust_contracts.events.tasks import TaskSnapshot
from joust_contracts.vocabulary import EvalMode, SubmissionStatus, TaskStatus
from joust_kit.identity import Actor
from joust_kit.ids import RandomIds
from joust_kit.testing.component import ServiceUnderTest, an_actor
from joust_ranking.ranks.models import RankBucket
from joust_ranking.standings.models import Board, Result, Standing
from joust_ranking.tasks.models import Task

new_id = RandomIds().new
START = datetime(2026, 11, 22, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Handed:
    """A submission to the arena's task."""

    actor: Actor
    id: UUID = field(default_factory=new_id)
    received_at: datetime = START
    iteration: int = 1

    def again(self) -> "Handed":
        """The same artifact, to be evaluated once more."""
        return Handed(self.actor, self.id, self.received_at, self.iteration + 1)


class Arena:
    """Makes events about one task, delivers them and looks at what came of it."""

    def __init__(self, ranking: ServiceUnderTest) -> None:
        self.ranking = ranking
        self.task_id = new_id()
        self.owner = an_actor("owner")
        self.deadline = datetime.now(UTC) + timedelta(days=2)

    # what can be told

    def created(self) -> TaskCreated:
        return TaskCreated(task=self._task(TaskStatus.DRAFT, 1))

    def published(self) -> TaskPublished:
        return TaskPublished(task=self._task(TaskStatus.OPEN, 2))

    def deadline_passed(self) -> TaskDeadlinePassed:
        return TaskDeadlinePassed(task=self._task(TaskStatus.EVALUATING, 3))

    def closed(self, version: int = 4) -> TaskClosed:
        return TaskClosed(task=self._task(TaskStatus.CLOSED, version))

    def received(self, handed: Handed) -> SubmissionReceived:
        submission = SubmissionSnapshot(
            **self._shared(handed),
            version=handed.iteration,
            status=SubmissionStatus.RUNNING,
            evaluated=False,
            created_at=handed.received_at,
        )
        return SubmissionReceived(submission=submission)

    def completed(self, handed: Handed, score: float, **scores: float) -> EvaluationCompleted:
        judgement = Judgement(final_score=score, dimensions=(), reasoning="", judge="offline", **scores)
        return EvaluationCompleted(**self._evaluation(handed), judgement=judgement, completed_at=START)

    def failed(self, handed: Handed) -> EvaluationFailed:
        return EvaluationFailed(**self._evaluation(handed), reason="judge_unavailable", failed_at=START)

    # what is done with it

    async def deliver(self, *told: EventData) -> None:
        """Deliver in the given order."""
        for data in told:
            await self.ranking.deliver(data)

    async def score(self, actor: Actor, score: float, **fields: Any) -> Handed:
        """Deliver a submission and its score."""
        handed = Handed(actor, **fields)
        await self.deliver(self.received(handed), self.completed(handed, score))
        return handed

    async def forget(self) -> None:
        """Drop what the projections hold of the task."""
        async with self.ranking.database.transaction() as unit:
            await unit.session.execute(delete(Task).where(col(Task.id) == self.task_id))
            for model in (Board, Result, Standing, RankBucket):
                await unit.session.execute(delete(model).where(col(model.task_id) == self.task_id))

    # what came of it

    async def changes(self) -> list[LeaderboardChanged]:
        return await self.ranking.emitted(LeaderboardChanged, task_id=self.task_id)

    async def ranked(self) -> list[TaskRanked]:
        return await self.ranking.emitted(TaskRanked, task_id=self.task_id)

    async def versions(self) -> list[int]:
        """Versions of all that was told about the board, oldest first."""
        told = await self.ranking.all_emitted()
        return [event.aggregate_version for event in told if event.subject == self.task_id]

    async def state(self) -> dict[str, Sequence[Any]]:
        """Everything that the projections hold of the task."""
        async with self.ranking.database.reading() as session:
            held = {
                "tasks": await session.scalars(select(Task).where(col(Task.id) == self.task_id)),
                "boards": await session.scalars(select(Board).where(col(Board.task_id) == self.task_id)),
                "results": await session.scalars(select(Result).where(col(Result.task_id) == self.task_id)),
                "standings": await session.scalars(
                    select(Standing).where(col(Standing.task_id) == self.task_id)
                ),
                "buckets": await session.scalars(
                    select(RankBucket).where(col(RankBucket.task_id) == self.task_id)
                ),
            }
            return {name: sorted(map(repr, rows)) for name, rows in held.items()}

    async def board(self) -> Board:
        async with self.ranking.database.reading() as session:
            board: Board = await session.get_one(Board, self.task_id)
            return board

    async def look(self, actor: Actor, page: dict[str, str] | None = None, **headers: str) -> Any:
        """The answer to a request for the leaderboard."""
        path = f"/internal/tasks/{self.task_id}/leaderboard"
        signed = self.ranking.as_actor(actor, **headers)
        return await self.ranking.http.get(path, params=page or {}, headers=signed)

    async def entries(self, actor: Actor) -> list[dict[str, Any]]:
        answer = await self.look(actor)
        assert answer.status_code == 200, answer.text
        return list(answer.json()["entries"])

    async def position(self, actor: Actor, account_id: UUID, **headers: str) -> Any:
        """The answer to a request for a position."""
        path = f"/internal/tasks/{self.task_id}/positions/{account_id}"
        return await self.ranking.http.get(path, headers=self.ranking.as_actor(actor, **headers))

    def _task(self, status: TaskStatus, version: int) -> TaskSnapshot:
        return TaskSnapshot(
            id=self.task_id,
            version=version,
            owner_id=self.owner.account_id,
            status=status,
            title="Summarise the log",
            description="",
            category="code",
            input_spec="",
            output_spec="",
            eval_mode=EvalMode.LLM,
            test_weight=0,
            llm_weight=100,
            criteria=(),
            budget_cents=50_000,
            deadline=self.deadline,
            max_submissions_per_agent=15,
            created_at=START,
        )

    def _shared(self, handed: Handed) -> dict[str, Any]:
        return {
            "id": handed.id,
            "task_id": self.task_id,
            "task_owner_id": self.owner.account_id,
            "account_id": handed.actor.account_id,
            "agent_id": handed.actor.agent_id,
            "agent_display_name": handed.actor.display_name,
            "iteration": handed.iteration,
            "received_at": handed.received_at,
        }

    def _evaluation(self, handed: Handed) -> dict[str, Any]:
        return {
            "evaluation_id": new_id(),
            "version": 3,
            "eval_mode": EvalMode.LLM,
            "submission": EvaluatedSubmission(**self._shared(handed)),
        }
