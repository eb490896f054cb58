"""The evaluation service under test, and what tests need to hand in work."""

import asyncio
import hashlib
import io
import zipfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from joust_contracts.events import (
    EvaluationCompleted,
    EvaluationFailed,
    EvaluationStarted,
    SubmissionReceived,
)
from joust_contracts.events.submissions import Artifact, SubmissionSnapshot
from joust_contracts.events.tasks import Criterion, TaskCreated, TaskSnapshot
from joust_contracts.services import ServiceName
from joust_contracts.vocabulary import EvalMode, SubmissionStatus, TaskStatus
from joust_evaluation.containers.engine import Engine, EngineAway, open_engine
from joust_evaluation.evaluations.jobs import (
    MAX_ATTEMPTS,
    EvaluateSubmission,
    evaluate,
    evaluate_external,
    evaluate_later,
    evaluate_long,
)
from joust_evaluation.evaluations.models import Evaluation
from joust_evaluation.judges.artifact import SubmittedFiles, TextFile
from joust_evaluation.judges.base import CriterionScore, JudgeIdentity, JudgeRequest, Verdict
from joust_evaluation.sandbox.base import Sandbox
from joust_kit.ids import RandomIds
from joust_kit.jobs import Job, JobContext
from joust_kit.testing.component import ServiceUnderTest
from services.evaluation.tests.sandbox.back_ends import open_bubblewrap
from tests.support.containers import ENGINE_URL


def zipped(files: Mapping[str, str | bytes]) -> bytes:
    """A zip of ``files``."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


def a_task(**changes: Any) -> TaskSnapshot:
    """An open task that no test used before."""
    values: dict[str, Any] = {
        "id": RandomIds().new(),
        "version": 1,
        "owner_id": RandomIds().new(),
        "status": TaskStatus.OPEN,
        "title": "Summarise a web server's log",
        "description": "Read an access log and report requests per minute, the slowest paths and the errors.",
        "category": "code",
        "input_spec": "An access log in combined format.",
        "output_spec": "A command line program that prints a summary table.",
        "eval_mode": EvalMode.LLM,
        "test_weight": 0,
        "llm_weight": 100,
        "criteria": (
            Criterion(name="Correctness", description="Right on every log line.", weight=70, position=0),
            Criterion(name="Clarity", description="Easy to read and explained.", weight=30, position=1),
        ),
        "budget_cents": 50_000,
        "deadline": datetime.now(UTC) + timedelta(days=2),
        "max_submissions_per_agent": 15,
        "created_at": datetime.now(UTC),
        **changes,
    }
    return TaskSnapshot(**values)


def a_submission(task: TaskSnapshot, artifact: Artifact | None, **changes: Any) -> SubmissionSnapshot:
    """A received submission of an agent that no test used before."""
    values: dict[str, Any] = {
        "id": RandomIds().new(),
        "version": 1,
        "task_id": task.id,
        "task_owner_id": task.owner_id,
        "account_id": RandomIds().new(),
        "agent_id": RandomIds().new(),
        "agent_display_name": "Ada's agent",
        "status": SubmissionStatus.RUNNING,
        "evaluated": False,
        "iteration": 1,
        "artifact": artifact,
        "created_at": datetime.now(UTC),
        "received_at": datetime.now(UTC),
        **changes,
    }
    return SubmissionSnapshot(**values)


class ScriptedJudge:
    """Does what each of ``script`` says, in turn: an exception is raised, anything else is a score."""

    identity = JudgeIdentity("scripted")

    def __init__(self, *script: Exception | float) -> None:
        self.script = list(script)
        self.requests: list[JudgeRequest] = []

    async def judge(self, request: JudgeRequest) -> Verdict:
        """The next of the script; the last one from then on."""
        self.requests.append(request)
        await asyncio.sleep(0)
        step = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if isinstance(step, Exception):
            raise step
        scores = tuple(CriterionScore(step, "because") for _ in request.criteria)
        return Verdict(scores, "as scripted", self.identity.judge)


class Bench:
    """Hands in work to one service and looks at what becomes of it."""

    ScriptedJudge = ScriptedJudge
    MAX_ATTEMPTS = MAX_ATTEMPTS
    zipped = staticmethod(zipped)
    a_task = staticmethod(a_task)
    a_submission = staticmethod(a_submission)

    def __init__(self, tested: ServiceUnderTest) -> None:
        self.tested = tested

    @property
    def resources(self) -> Any:
        """What the service opened."""
        return self.tested.runtime.resources

    async def known_task(self, **changes: Any) -> TaskSnapshot:
        """A task that the service has heard of."""
        task = a_task(**changes)
        await self.tested.deliver(TaskCreated(task=task))
        return task

    async def store(self, content: bytes) -> Artifact:
        """``content`` as an artifact in storage."""
        key = f"test-artifacts/{RandomIds().new()}"

        async def body() -> AsyncIterator[bytes]:
            yield content

        stored = await self.resources.storage.put(
            key, body(), size_bytes=len(content), content_type="application/zip"
        )
        assert stored.sha256 == hashlib.sha256(content).hexdigest()
        return Artifact(key=key, sha256=stored.sha256, size_bytes=len(content), files_count=1)

    async def hand_in(
        self, task: TaskSnapshot, content: bytes | Mapping[str, str | bytes] | None = None, **changes: Any
    ) -> Evaluation:
        """Store the work, tell the service that it was received, and return the queued evaluation."""
        files = {"SUBMISSION.md": "# SUBMISSION.md", "main.py": "print(1)"} if content is None else content
        artifact = await self.store(files if isinstance(files, bytes) else zipped(files))
        submission = a_submission(task, artifact, **changes)
        await self.tested.deliver(SubmissionReceived(submission=submission))
        return await self.of_submission(submission.id, submission.iteration)

    async def of_submission(self, submission_id: UUID, iteration: int = 1) -> Evaluation:
        """The evaluation of a submission's iteration; there is exactly one."""
        wanted = select(Evaluation).where(
            Evaluation.submission_id == submission_id, Evaluation.iteration == iteration
        )
        async with self.tested.database.reading() as session:
            return (await session.scalars(wanted)).one()

    async def read(self, evaluation: Evaluation) -> Evaluation:
        """The evaluation as it is now."""
        return await self.of_submission(evaluation.submission_id, evaluation.iteration)

    async def run(
        self,
        evaluation: Evaluation,
        *,
        attempt: int = 1,
        waits: int = 0,
        job: Job[EvaluateSubmission] = evaluate,
        **parts: Any,
    ) -> Evaluation:
        """Run the evaluation's job once, in the quick lane unless given, with ``parts`` (e.g. ``judge``) instead of the service's own."""
        resources = replace(self.resources, **parts)
        context = JobContext(
            database=self.tested.database,
            resources=resources,
            correlation_id="cause-1",
            attempt=1,
            is_last_attempt=False,
        )
        body = EvaluateSubmission(evaluation_id=evaluation.id, waits=waits, attempt=attempt)
        await job.run(body, context)
        return await self.read(evaluation)

    async def waiting_jobs(
        self, evaluation: Evaluation, *jobs: Job[EvaluateSubmission]
    ) -> list[EvaluateSubmission]:
        """Jobs of the evaluation that wait for a worker, in all queues unless some are given."""
        table = self.tested.database.tables.jobs
        queues = [job.queue for job in jobs or (evaluate, evaluate_long, evaluate_external, evaluate_later)]
        waiting = select(table.c.payload).where(table.c.queue.in_(queues)).order_by(table.c.id)
        async with self.tested.database.reading() as session:
            rows = (await session.execute(waiting)).scalars()
        bodies = [EvaluateSubmission.model_validate_json(bytes(row)) for row in rows]
        return [body for body in bodies if body.evaluation_id == evaluation.id]

    async def told(self, evaluation: Evaluation) -> list[Any]:
        """Every event about the evaluation, oldest first."""
        kinds = EvaluationStarted | EvaluationCompleted | EvaluationFailed
        events = [event.data for event in await self.tested.all_emitted()]
        return [data for data in events if isinstance(data, kinds) and data.evaluation_id == evaluation.id]


@pytest.fixture(scope="session")
async def bench(open_service: Callable[..., Awaitable[ServiceUnderTest]]) -> Bench:
    """The service with its defaults, so with the offline judge."""
    return Bench(await open_service(ServiceName.EVALUATION))


@pytest.fixture
def pack() -> Callable[[Mapping[str, str | bytes]], bytes]:
    """Makes a zip of files."""
    return zipped


@pytest.fixture
def ask() -> Callable[..., JudgeRequest]:
    """Makes a request to judge ``files`` by a task: ``ask({"main.py": "…"}, title="…")``."""

    def make(files: Mapping[str, str], **task_changes: Any) -> JudgeRequest:
        task = a_task(**task_changes)
        texts = tuple(TextFile(name, content) for name, content in files.items())
        return JudgeRequest(
            title=task.title,
            description=task.description,
            input_spec=task.input_spec,
            output_spec=task.output_spec,
            criteria=task.criteria,
            files=SubmittedFiles(texts),
        )

    return make


@pytest.fixture(scope="session")
async def engine() -> AsyncIterator[Engine]:
    """The engine of this machine."""
    async with open_engine(ENGINE_URL) as opened:
        try:
            await opened.architecture()
        except EngineAway:
            pytest.skip(f"no container engine answers at {ENGINE_URL}")
        yield opened


@pytest.fixture(scope="session")
async def sandbox() -> AsyncIterator[Sandbox]:
    """Bubblewrap of this machine."""
    async with open_bubblewrap() as opened:
        yield opened
