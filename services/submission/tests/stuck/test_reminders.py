"""A submission whose evaluation stopped moving is told again, and at last given up; its slot is given back once."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from joust_contracts.events import (
    EvaluationExternalRequested,
    EvaluationSnapshotEvent,
    SubmissionCompleted,
    SubmissionFailed,
    SubmissionSnapshotEvent,
)
from joust_contracts.events.evaluations import EvaluatedSubmission
from joust_contracts.events.submissions import SubmissionSnapshot
from joust_contracts.events.tasks import TaskSnapshot
from joust_contracts.external_judging import JudgedTask, JudgeRequest
from joust_contracts.services import ServiceName
from joust_contracts.vocabulary import EvalMode
from joust_kit.clock import SystemClock
from joust_kit.identity import Actor
from joust_kit.ids import RandomIds
from joust_kit.testing.component import an_actor
from joust_submission.stuck.jobs import give_up
from joust_submission.stuck.rules import pause_before_look
from joust_submission.submissions import repository
from services.submission.tests.conftest import Arena, OpenService

REMINDERS = 5


@pytest.fixture
def agent() -> Actor:
    return an_actor("agent")


@pytest.fixture
async def task(arena: Arena) -> TaskSnapshot:
    return await arena.open_task()


@pytest.fixture
async def running(arena: Arena, agent: Actor, task: TaskSnapshot) -> SubmissionSnapshot:
    return await arena.submitted(agent, task)


async def given_up(arena: Arena, submission: SubmissionSnapshot) -> None:
    for _ in range(REMINDERS + 1):
        await arena.look(submission.id)


async def returned(arena: Arena, submission: SubmissionSnapshot) -> int:
    async with arena.service.database.reading() as session:
        count = await session.scalar(
            text("SELECT count(*) FROM submission.returned_slots WHERE submission_id = :id"),
            {"id": submission.id},
        )
    return int(count or 0)


async def test_an_overdue_submission_is_told_again_as_it_is(
    arena: Arena, running: SubmissionSnapshot
) -> None:
    await arena.look(running.id)
    (told,) = await arena.service.emitted(SubmissionSnapshotEvent, aggregate_id=running.id)
    assert told.submission == running, "nothing happened to it, so its version is the same"
    assert await arena.timers(running.id) == [f"{running.id}:1:1"]


async def test_the_pauses_grow_up_to_their_limit(arena: Arena, running: SubmissionSnapshot) -> None:
    jobs = arena.service.database.tables.jobs
    minutes = []
    for _ in range(REMINDERS + 1):
        async with arena.service.database.reading() as session:
            due = await session.scalar(
                jobs.select()
                .with_only_columns(jobs.c.next_attempt_at)
                .where(jobs.c.timer_id.startswith(str(running.id)))
            )
        minutes.append(round((due - SystemClock().now()).total_seconds() / 60))
        await arena.look(running.id)
    assert minutes == [5, 10, 20, 40, 60, 60]


def test_a_pause_never_overflows() -> None:
    longest = timedelta(hours=1)
    assert pause_before_look(10**6, timedelta(days=1), longest) == longest


async def test_after_its_reminders_it_fails_by_the_platforms_fault_and_its_slot_is_given_back(
    arena: Arena, agent: Actor, running: SubmissionSnapshot
) -> None:
    assert await arena.used(agent, running.task_id) == 1
    await given_up(arena, running)
    assert len(await arena.service.emitted(SubmissionSnapshotEvent, aggregate_id=running.id)) == REMINDERS
    (told,) = await arena.service.emitted(SubmissionFailed, aggregate_id=running.id)
    assert (told.submission.status, told.submission.evaluated) == ("evaluation_failed", False)
    assert "the platform's fault" in (told.submission.error_message or "")
    assert await arena.used(agent, running.task_id) == 0
    assert await arena.timers(running.id) == []


async def test_a_result_ends_the_reminders(arena: Arena, agent: Actor, running: SubmissionSnapshot) -> None:
    await arena.look(running.id)
    await arena.service.deliver(arena.completed(running))
    assert await arena.timers(running.id) == []
    await arena.look(running.id)
    assert len(await arena.service.emitted(SubmissionSnapshotEvent, aggregate_id=running.id)) == 1


async def test_a_look_that_comes_too_late_or_twice_changes_nothing(
    arena: Arena, agent: Actor, running: SubmissionSnapshot
) -> None:
    await arena.service.deliver(arena.completed(running))
    await arena.request_re_eval(agent, running.id)
    before = await arena.row(running.id)
    async with arena.service.database.transaction() as unit:
        jobs = arena.service.database.tables.jobs
        await unit.session.execute(
            jobs.update().where(jobs.c.timer_id == f"{running.id}:2:0").values(timer_id=f"{running.id}:1:0")
        )
    await arena.look(running.id)  # that of the first iteration
    assert await arena.row(running.id) == before


async def test_a_score_that_comes_after_all_is_taken(
    arena: Arena, agent: Actor, running: SubmissionSnapshot
) -> None:
    await given_up(arena, running)
    await arena.service.deliver(arena.completed(running, score=70))
    (told,) = await arena.service.emitted(SubmissionCompleted, aggregate_id=running.id)
    assert (told.submission.final_score, told.submission.error_message) == (70, None)
    read = await arena.read(agent, running.id)
    assert (read["submission"]["status"], read["scores"]["final_score"]) == ("completed", 70)
    versions = [version for _, version in await arena.told_of(running.id)]
    assert versions == sorted(versions)


async def test_a_failure_that_comes_after_all_changes_nothing(
    arena: Arena, agent: Actor, running: SubmissionSnapshot
) -> None:
    await given_up(arena, running)
    before = await arena.row(running.id)
    await arena.service.deliver(arena.failed(running, platform_fault=True))
    assert await arena.row(running.id) == before
    assert (await returned(arena, running), await arena.used(agent, running.task_id)) == (1, 0)


async def test_an_evaluation_that_the_platform_failed_gives_the_slot_back_and_another_does_not(
    arena: Arena, agent: Actor, task: TaskSnapshot, running: SubmissionSnapshot
) -> None:
    other = await arena.submitted(agent, task)
    await arena.service.deliver(arena.failed(running, platform_fault=True))
    await arena.service.deliver(arena.failed(other))
    assert await arena.used(agent, task.id) == 1
    assert (await returned(arena, running), await returned(arena, other)) == (1, 0)


async def test_a_slot_is_given_back_once_however_often_the_platform_fails(
    arena: Arena, agent: Actor, task: TaskSnapshot, running: SubmissionSnapshot
) -> None:
    await arena.submitted(agent, task)
    for iteration in range(1, 4):
        await arena.service.deliver(arena.failed(running, iteration=iteration, platform_fault=True))
        with arena.service.clock.ahead(iteration * timedelta(hours=1)):
            assert (await arena.request_re_eval(agent, running.id)).status_code == 200
    await given_up(arena, running)
    assert (await returned(arena, running), await arena.used(agent, task.id)) == (1, 1)


async def test_a_slot_that_bought_a_score_stays_used(
    arena: Arena, agent: Actor, running: SubmissionSnapshot
) -> None:
    await arena.service.deliver(arena.completed(running))
    await arena.request_re_eval(agent, running.id)
    await given_up(arena, running)
    assert (await returned(arena, running), await arena.used(agent, running.task_id)) == (0, 1)


async def test_of_many_who_give_it_up_at_once_one_does(
    arena: Arena, agent: Actor, task: TaskSnapshot, running: SubmissionSnapshot
) -> None:
    await arena.submitted(agent, task)

    async def end() -> None:
        async with arena.service.database.transaction() as unit:
            submission = await repository.lock(unit.session, running.id)
            assert submission is not None
            if submission.status == "running":
                await give_up(unit, submission)

    await asyncio.gather(*(end() for _ in range(8)))
    assert len(await arena.service.emitted(SubmissionFailed, aggregate_id=running.id)) == 1
    assert await arena.used(agent, task.id) == 1


async def test_a_slot_that_was_given_back_can_be_used_again(arena: Arena, agent: Actor) -> None:
    task = await arena.open_task(max_submissions_per_agent=1)
    submission = await arena.submitted(agent, task)
    assert (await arena.submit(agent, task.id)).status_code == 409
    await given_up(arena, submission)
    assert (await arena.submit(agent, task.id)).status_code == 201
    assert (await arena.submit(agent, task.id)).status_code == 409


async def test_what_is_in_hand_is_not_given_up_however_long_it_takes(
    arena: Arena, running: SubmissionSnapshot
) -> None:
    for _ in range(2 * REMINDERS):
        await arena.look(running.id)
        await arena.service.deliver(under_way(running))
        (name,) = await arena.timers(running.id)
        assert await minutes_to(arena, name) == 60
    assert (await arena.row(running.id))["status"] == "running"
    assert await arena.service.emitted(SubmissionFailed, aggregate_id=running.id) == []
    await given_up(arena, running)
    (told,) = await arena.service.emitted(SubmissionFailed, aggregate_id=running.id)
    assert told.submission.status == "evaluation_failed", "nobody answered any more"


async def test_a_posters_own_judge_has_its_whole_time_and_an_old_request_changes_nothing(
    arena: Arena, agent: Actor, running: SubmissionSnapshot
) -> None:
    asked = external_request(running)
    for _ in range(2):
        await arena.service.deliver(asked)
    (name,) = await arena.timers(running.id)
    assert await minutes_to(arena, name) == 24 * 60 + 5
    await arena.service.deliver(arena.completed(running))
    await arena.service.deliver(asked)
    assert await arena.timers(running.id) == []
    await arena.request_re_eval(agent, running.id)
    await arena.service.deliver(asked)
    (name,) = await arena.timers(running.id)
    assert await minutes_to(arena, name) == 5, "it was about the iteration before"


def evaluated(submission: SubmissionSnapshot) -> dict[str, Any]:
    return {
        "evaluation_id": RandomIds().new(),
        "version": 3,
        "eval_mode": EvalMode.EXTERNAL,
        "submission": EvaluatedSubmission(
            received_at=submission.created_at,
            **submission.model_dump(include=set(EvaluatedSubmission.model_fields) - {"received_at"}),
        ),
    }


def under_way(submission: SubmissionSnapshot) -> EvaluationSnapshotEvent:
    return EvaluationSnapshotEvent(**evaluated(submission))


def external_request(submission: SubmissionSnapshot) -> EvaluationExternalRequested:
    task = JudgedTask(
        id=submission.task_id, title="", description="", input_spec="", output_spec="", criteria=()
    )
    assert submission.artifact is not None
    return EvaluationExternalRequested(
        request=JudgeRequest(
            submission_id=submission.id,
            task_id=submission.task_id,
            agent_id=submission.agent_id,
            callback_url="https://api.example/score",
            task=task,
            timestamp=submission.created_at,
        ),
        judge_url=None,
        artifact=submission.artifact,
        answer_until=submission.created_at + timedelta(days=1),
        answer_within_seconds=86_400,
        **evaluated(submission),
    )


async def minutes_to(arena: Arena, timer: str) -> int:
    jobs = arena.service.database.tables.jobs
    async with arena.service.database.reading() as session:
        due = await session.scalar(
            jobs.select().with_only_columns(jobs.c.next_attempt_at).where(jobs.c.timer_id == timer)
        )
    return round((due - SystemClock().now()).total_seconds() / 60)


async def test_the_worker_itself_reminds_when_the_time_has_come(open_service: OpenService) -> None:
    arena = Arena(await open_service(ServiceName.SUBMISSION, stuck_after=timedelta(milliseconds=50)))
    submission = await arena.submitted(an_actor(), await arena.open_task())
    jobs = arena.service.runtime.jobs
    await jobs.start()
    async with asyncio.timeout(20):
        while not await arena.service.emitted(SubmissionSnapshotEvent, aggregate_id=submission.id):
            await asyncio.sleep(0.05)
    await arena.service.deliver(arena.completed(submission))
