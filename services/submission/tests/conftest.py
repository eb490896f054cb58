"""The submission service under test, and the steps that its tests have in common."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID

import httpx2
import pytest
from sqlalchemy import select

from joust_contracts.events import (
    EvaluationCompleted,
    EvaluationFailed,
    SubmissionReceived,
    TaskPublished,
)
from joust_contracts.events.evaluations import Dimension, EvaluatedSubmission, Judgement
from joust_contracts.events.submissions import SubmissionSnapshot
from joust_contracts.events.tasks import Criterion, TaskSnapshot
from joust_contracts.services import ServiceName
from joust_contracts.vocabulary import EvalMode, TaskStatus
from joust_kit.identity import Actor
from joust_kit.ids import RandomIds
from joust_kit.jobs import JobContext
from joust_kit.observability.metrics import STALE_EVENTS
from joust_kit.storage import ObjectMissing, ObjectStorage
from joust_kit.testing.component import ServiceUnderTest, an_actor
from joust_submission.stuck.jobs import LookForResult, look_for_result
from joust_submission.submissions.models import Submission
from tests.support.objects import content_of

new_id = RandomIds().new


def noise(characters: int) -> str:
    """Text that hardly packs, the same each time."""
    return "".join(map(chr, Random(7).choices(range(33, 9000), k=characters)))


OpenService = Callable[..., Awaitable[ServiceUnderTest]]


@dataclass(frozen=True)
class Arena:
    """Steps in the words of the domain."""

    service: ServiceUnderTest

    @property
    def storage(self) -> ObjectStorage:
        storage: ObjectStorage = self.service.app.state.resources.storage
        return storage

    def a_task(self, owner: Actor | None = None, **changes: Any) -> TaskSnapshot:
        """An open task of somebody, at version 2, as its events would show it."""
        # Events have milliseconds.
        now = self.service.clock.now().replace(microsecond=0)
        fields = {
            "id": new_id(),
            "version": 2,
            "owner_id": (owner or an_actor()).account_id,
            "status": TaskStatus.OPEN,
            "title": "Summarise the log",
            "description": "",
            "category": "code",
            "input_spec": "",
            "output_spec": "",
            "eval_mode": EvalMode.LLM,
            "test_weight": 0,
            "llm_weight": 100,
            "criteria": (Criterion(name="Correctness", weight=100, position=0),),
            "budget_cents": 50_000,
            "deadline": now + timedelta(days=2),
            "max_submissions_per_agent": 15,
            "created_at": now,
            "published_at": now,
        }
        return TaskSnapshot.model_validate(fields | changes)

    async def open_task(self, owner: Actor | None = None, **changes: Any) -> TaskSnapshot:
        """A task that the service has heard of."""
        task = self.a_task(owner, **changes)
        await self.service.deliver(TaskPublished(task=task))
        return task

    async def submit(
        self, actor: Actor, task_id: UUID, files: Mapping[str, str] | None = None, **fields: Any
    ) -> httpx2.Response:
        """Call quick-submit."""
        headers = self.service.as_actor(actor, **fields.pop("headers", {}))
        body = {"files": {"main.py": "print(1)"} if files is None else dict(files), **fields}
        path = f"/internal/tasks/{task_id}/quick-submissions"
        return await self.service.http.post(path, json=body, headers=headers)

    async def submitted(self, actor: Actor, task: TaskSnapshot, **fields: Any) -> SubmissionSnapshot:
        """A submission that was taken."""
        answer = await self.submit(actor, task.id, **fields)
        assert answer.status_code == 201, answer.text
        return SubmissionSnapshot.model_validate(answer.json()["submission"])

    async def request_re_eval(self, actor: Actor, submission_id: UUID, **headers: str) -> httpx2.Response:
        """Ask for a re-evaluation."""
        path = f"/internal/submissions/{submission_id}/re-evaluations"
        return await self.service.http.post(path, headers=self.service.as_actor(actor, **headers))

    async def used(self, actor: Actor, task_id: UUID) -> int:
        """How much of its quota an account has used."""
        return int((await self.get(actor, f"/internal/tasks/{task_id}/quota")).json()["used"])

    async def told_of(self, submission_id: UUID) -> list[tuple[str, int]]:
        """Type and version of each event about a submission, oldest first."""
        told = [each for each in await self.service.all_emitted() if each.subject == submission_id]
        return [(each.type, each.aggregate_version) for each in told]

    async def timers(self, submission_id: UUID) -> list[str]:
        """Names of the timers that look after a submission."""
        jobs = self.service.database.tables.jobs
        async with self.service.database.reading() as session:
            names = (await session.scalars(select(jobs.c.timer_id).order_by(jobs.c.id))).all()
        return [name for name in names if name and name.startswith(str(submission_id))]

    async def look(self, submission_id: UUID) -> None:
        """Let the timers of a submission run out now, and only these."""
        for name in await self.timers(submission_id):
            iteration = int(name.split(":")[1])
            await look_for_result.run(
                LookForResult(submission_id=submission_id, iteration=iteration), self._context()
            )
            async with self.service.database.transaction() as unit:
                await unit.cancel(look_for_result, name)

    def _context(self) -> JobContext:
        return JobContext(
            database=self.service.database,
            resources=self.service.runtime.resources,
            correlation_id=None,
            attempt=1,
            is_last_attempt=False,
        )

    async def get(self, actor: Actor, path: str, **headers: str) -> httpx2.Response:
        """Read from the internal API."""
        return await self.service.http.get(path, headers=self.service.as_actor(actor, **headers))

    async def read(self, actor: Actor, submission_id: UUID) -> dict[str, Any]:
        """The view of a submission."""
        answer = await self.get(actor, f"/internal/submissions/{submission_id}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def row(self, submission_id: UUID) -> dict[str, Any]:
        """The submission as it lies in the database."""
        async with self.service.database.reading() as session:
            found = await session.scalar(select(Submission).where(Submission.id == submission_id))
        return dict(found.model_dump())

    async def received(self, task: TaskSnapshot) -> list[SubmissionSnapshot]:
        """What was told of submissions to a task."""
        told = await self.service.emitted(SubmissionReceived)
        return [event.submission for event in told if event.submission.task_id == task.id]

    async def object_of(self, submission: SubmissionSnapshot) -> bytes:
        """The artifact as it lies in storage, checked."""
        assert submission.artifact is not None
        return await content_of(self.storage, submission.artifact.key, sha256=submission.artifact.sha256)

    async def has_object(self, key: str) -> bool:
        """True if something lies under the key."""
        try:
            async with self.storage.open(key):
                return True
        except ObjectMissing:
            return False

    def completed(
        self, submission: SubmissionSnapshot, *, iteration: int = 1, score: float = 81.5
    ) -> EvaluationCompleted:
        """A judge's good news."""
        judgement = Judgement(
            final_score=score,
            llm_score=score,
            dimensions=(
                Dimension(criterion_name="Correctness", score=score, weight=100, reasoning="Right."),
            ),
            reasoning="All in all right.",
            judge="offline",
        )
        return EvaluationCompleted(
            **self._evaluation(submission, iteration),
            judgement=judgement,
            completed_at=self.service.clock.now(),
        )

    def failed(
        self, submission: SubmissionSnapshot, *, iteration: int = 1, platform_fault: bool = False
    ) -> EvaluationFailed:
        """A judge's bad news."""
        return EvaluationFailed(
            **self._evaluation(submission, iteration),
            platform_fault=platform_fault,
            reason="the judge did not answer",
            failed_at=self.service.clock.now(),
        )

    def _evaluation(self, submission: SubmissionSnapshot, iteration: int) -> dict[str, Any]:
        fields = submission.model_dump(include=set(EvaluatedSubmission.model_fields))
        judged = EvaluatedSubmission.model_validate({**fields, "iteration": iteration})
        return {"evaluation_id": new_id(), "version": 3, "eval_mode": EvalMode.LLM, "submission": judged}


class Uploads:
    """Keys that were written to storage and removed from it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.written: list[str] = []
        self.removed: list[str] = []
        put, delete = ObjectStorage.put, ObjectStorage.delete

        async def noted_put(storage: ObjectStorage, key: str, *args: Any, **rest: Any) -> Any:
            self.written.append(key)
            return await put(storage, key, *args, **rest)

        async def noted_delete(storage: ObjectStorage, key: str) -> None:
            self.removed.append(key)
            await delete(storage, key)

        monkeypatch.setattr(ObjectStorage, "put", noted_put)
        monkeypatch.setattr(ObjectStorage, "delete", noted_delete)


def stale(wire_type: str) -> float:
    """How many events of a type were dropped as stale in this process."""
    return STALE_EVENTS.labels(wire_type)._value.get()


@pytest.fixture(scope="session")
async def arena(open_service: OpenService) -> Arena:
    """The service with its defaults."""
    return Arena(await open_service(ServiceName.SUBMISSION))


@pytest.fixture(scope="session")
async def narrow_arena(open_service: OpenService) -> Arena:
    """The service with a limit of 4 kB for artifacts."""
    return Arena(await open_service(ServiceName.SUBMISSION, max_artifact_bytes=4000))


@pytest.fixture
def uploads(monkeypatch: pytest.MonkeyPatch) -> Uploads:
    """What this test writes to storage and removes from it."""
    return Uploads(monkeypatch)
