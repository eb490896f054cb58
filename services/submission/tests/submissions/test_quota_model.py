"""The quota against a model: what became of each place that an account took, in lists."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select
from sqlmodel import col

from joust_contracts.events.evaluations import Judgement
from joust_contracts.events.submissions import Artifact
from joust_contracts.events.tasks import TaskSnapshot
from joust_contracts.internal.uploads import RegisterSubmission
from joust_contracts.vocabulary import SubmissionStatus
from joust_kit.archives.errors import UnacceptableArchive
from joust_kit.database.unit_of_work import UnitOfWork
from joust_kit.errors import JoustError
from joust_kit.jobs import JobContext
from joust_kit.testing.component import an_actor
from joust_submission.re_evaluations.commands import request_re_evaluation
from joust_submission.re_evaluations.errors import NoArtifact
from joust_submission.re_evaluations.errors import WrongStatus as NotEvaluated
from joust_submission.resources import Resources
from joust_submission.stuck.jobs import LookForResult, look_for_result
from joust_submission.submissions.commands import complete_submission, fail_evaluation
from joust_submission.submissions.errors import QuotaExhausted
from joust_submission.submissions.models import Quota, Submission
from joust_submission.uploads.commands import complete_upload, register_submission
from joust_submission.uploads.errors import SubmissionInProgress, WrongStatus
from joust_submission.uploads.intake import Taken
from joust_submission.uploads.timers import EndUpload, end_upload
from services.submission.tests.conftest import Arena

Run = Callable[[Coroutine[Any, Any, Any]], Any]

EXAMPLES = 20
STEPS = 30
"""Of each example; a step costs some milliseconds of a real database."""
REGISTERED, RUNNING, FAILED = SubmissionStatus.REGISTERED, SubmissionStatus.RUNNING, SubmissionStatus.FAILED
COMPLETED, EVALUATION_FAILED = SubmissionStatus.COMPLETED, SubmissionStatus.EVALUATION_FAILED
ARTIFACT = Artifact(key="artifacts/of-the-model", sha256="0" * 64, size_bytes=1, files_count=1)
JUDGEMENT = Judgement(final_score=50, dimensions=(), reasoning="Half of it is right.", judge="model")
MOSTLY = st.sampled_from((True, True, True, False))


@dataclass(eq=False)
class Place:
    """One submission, as the model knows it."""

    id: UUID
    account: str
    status: SubmissionStatus = REGISTERED
    iteration: int = 1
    was_scored: bool = False
    is_given_up: bool = False
    """Nobody waits for the present iteration any more; a score that comes late is taken."""
    was_returned: bool = False

    def end_without_score(self, *, platform_fault: bool) -> None:
        """A place that bought a score is not given back, and none is given back twice."""
        self.status = EVALUATION_FAILED
        self.was_returned |= platform_fault and not self.was_scored


class QuotaMachine(RuleBasedStateMachine):
    """Two accounts and one task; whatever can become of a submission, in any order, and then again too late."""

    def __init__(self, arena: Arena, run: Run) -> None:
        super().__init__()
        self._run = run
        self._arena = arena
        self._actors = {name: an_actor(name) for name in ("ada", "bob")}
        self._places: list[Place] = []
        at_once = {"re_eval_cooldown": timedelta(), "stuck_max_reminders": 0}
        resources: Resources = arena.service.app.state.resources
        self._resources = replace(resources, settings=resources.settings.model_copy(update=at_once))
        self._context = JobContext(
            database=arena.service.database,
            resources=self._resources,
            correlation_id=None,
            attempt=1,
            is_last_attempt=False,
        )

    @initialize(limit=st.integers(1, 3))
    def publish(self, limit: int) -> None:
        self.limit = limit
        self.task: TaskSnapshot = self._run(self._arena.open_task(max_submissions_per_agent=limit))

    @rule(account=st.sampled_from(("ada", "bob")))
    def register(self, account: str) -> None:
        actor, wanted = self._actors[account], RegisterSubmission()
        told = self._do(lambda unit: register_submission(unit, actor, self.task.id, wanted, self._resources))
        if self._used(account) >= self.limit:
            assert isinstance(told, QuotaExhausted)
        elif any(place.account == account for place in self._where(REGISTERED)):
            assert isinstance(told, SubmissionInProgress)
        else:
            self._places.append(Place(told.submission.id, account))
            assert told.quota.used == self._used(account)

    @precondition(lambda self: self._where(REGISTERED))
    @rule(data=st.data(), fits=MOSTLY)
    def complete(self, data: st.DataObject, fits: bool) -> None:
        place = self._one(data, REGISTERED)
        self._complete(place, ARTIFACT if fits else UnacceptableArchive())
        place.status = RUNNING if fits else FAILED

    @precondition(lambda self: self._where(REGISTERED))
    @rule(data=st.data())
    def let_time_run_out(self, data: st.DataObject) -> None:
        place = self._one(data, REGISTERED)
        self._run(end_upload.run(EndUpload(submission_id=place.id), self._context))
        place.status = FAILED

    @precondition(lambda self: self._where(RUNNING) or self._given_up())
    @rule(data=st.data())
    def score(self, data: st.DataObject) -> None:
        place = data.draw(st.sampled_from(self._where(RUNNING) + self._given_up()))
        assert self._score(place, place.iteration) is True
        place.status, place.was_scored, place.is_given_up = COMPLETED, True, False

    @precondition(lambda self: self._where(RUNNING))
    @rule(data=st.data(), platform_fault=MOSTLY)
    def find_no_score(self, data: st.DataObject, platform_fault: bool) -> None:
        place = self._one(data, RUNNING)
        assert self._find_no_score(place, place.iteration, platform_fault=platform_fault) is True
        place.end_without_score(platform_fault=platform_fault)

    @precondition(lambda self: self._where(RUNNING))
    @rule(data=st.data())
    def wait_in_vain(self, data: st.DataObject) -> None:
        place = self._one(data, RUNNING)
        self._wait_in_vain(place, place.iteration)
        place.end_without_score(platform_fault=True)
        place.is_given_up = True

    @precondition(lambda self: self._where(COMPLETED, EVALUATION_FAILED))
    @rule(data=st.data())
    def evaluate_again(self, data: st.DataObject) -> None:
        place = self._one(data, COMPLETED, EVALUATION_FAILED)
        told = self._evaluate_again(place)
        place.status, place.iteration, place.is_given_up = RUNNING, place.iteration + 1, False
        assert told.submission.iteration == place.iteration

    @precondition(lambda self: self._places)
    @rule(data=st.data(), platform_fault=st.booleans())
    def come_too_late(self, data: st.DataObject, platform_fault: bool) -> None:
        """Whatever is over for a submission is tried again, and changes nothing."""
        place = data.draw(st.sampled_from(self._places))
        if place.status is not REGISTERED:
            assert isinstance(self._complete(place, ARTIFACT), WrongStatus)
            self._run(end_upload.run(EndUpload(submission_id=place.id), self._context))
        if place.status in {REGISTERED, RUNNING}:
            assert isinstance(self._evaluate_again(place), NotEvaluated)
        if place.status is FAILED:
            assert isinstance(self._evaluate_again(place), NoArtifact)
        for iteration in range(1, place.iteration + (place.status in {COMPLETED, EVALUATION_FAILED})):
            assert self._find_no_score(place, iteration, platform_fault=platform_fault) is False
            self._wait_in_vain(place, iteration)
            if not (place.is_given_up and iteration == place.iteration):
                assert self._score(place, iteration) is False

    @invariant()
    def is_as_the_model_says(self) -> None:
        if not hasattr(self, "task"):
            return
        rows, used = self._run(self._stored())
        assert rows == {place.id: (place.status, place.iteration) for place in self._places}
        for name, actor in self._actors.items():
            assert used.get(actor.account_id, 0) == self._used(name) <= self.limit

    # The model

    def _where(self, *statuses: SubmissionStatus) -> list[Place]:
        return [place for place in self._places if place.status in statuses]

    def _given_up(self) -> list[Place]:
        return [place for place in self._places if place.is_given_up]

    def _one(self, data: st.DataObject, *statuses: SubmissionStatus) -> Place:
        return data.draw(st.sampled_from(self._where(*statuses)))

    def _used(self, account: str) -> int:
        return sum(place.account == account and not place.was_returned for place in self._places)

    # The service

    def _do(self, deed: Callable[[UnitOfWork], Awaitable[Any]]) -> Any:
        """What the deed returns, or the refusal that it raises; it is committed unless refused."""

        async def work() -> Any:
            try:
                async with self._arena.service.database.transaction() as unit:
                    return await deed(unit)
            except JoustError as refusal:
                return refusal

        return self._run(work())

    def _complete(self, place: Place, outcome: Artifact | JoustError) -> Any:
        actor, taken = self._actors[place.account], Taken(outcome)
        return self._do(lambda unit: complete_upload(unit, actor, place.id, taken, self._resources))

    def _score(self, place: Place, iteration: int) -> Any:
        now = self._arena.service.clock.now()
        return self._do(lambda unit: complete_submission(unit, place.id, iteration, JUDGEMENT, now))

    def _find_no_score(self, place: Place, iteration: int, *, platform_fault: bool) -> Any:
        return self._do(
            lambda unit: fail_evaluation(unit, place.id, iteration, "none", platform_fault=platform_fault)
        )

    def _wait_in_vain(self, place: Place, iteration: int) -> None:
        body = LookForResult(submission_id=place.id, iteration=iteration)
        self._run(look_for_result.run(body, self._context))

    def _evaluate_again(self, place: Place) -> Any:
        actor, chosen = self._actors[place.account], self._resources.settings
        return self._do(lambda unit: request_re_evaluation(unit, actor, place.id, chosen))

    async def _stored(self) -> tuple[dict[UUID, tuple[SubmissionStatus, int]], dict[UUID, int]]:
        submissions = select(Submission).where(col(Submission.task_id) == self.task.id)
        quotas = select(Quota).where(col(Quota.task_id) == self.task.id)
        async with self._arena.service.database.reading() as session:
            rows = {each.id: (each.status, each.iteration) for each in await session.scalars(submissions)}
            return rows, {each.account_id: each.used for each in await session.scalars(quotas)}


async def test_what_an_account_has_used_is_always_what_the_model_says(arena: Arena) -> None:
    loop = asyncio.get_running_loop()

    def run(work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, loop).result(timeout=60)

    steps = settings(
        max_examples=EXAMPLES,
        stateful_step_count=STEPS,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    # Its rules wait for the loop of the fixtures, so they run beside it.
    await asyncio.to_thread(run_state_machine_as_test, lambda: QuotaMachine(arena, run), settings=steps)
