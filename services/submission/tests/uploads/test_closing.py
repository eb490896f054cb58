"""A closed task waits for no artifact: what is registered fails with it."""

import asyncio

import pytest

from joust_contracts.events import SubmissionFailed, TaskClosed
from joust_contracts.events.tasks import TaskSnapshot
from joust_contracts.vocabulary import TaskStatus
from joust_kit.identity import Actor
from joust_kit.testing.component import an_actor
from joust_submission.uploads import timers
from services.submission.tests.uploads.conftest import GOOD, Intake

QUEUE = "end_uploads_of_task"


def closing(task: TaskSnapshot) -> TaskClosed:
    return TaskClosed(task=task.model_copy(update={"version": 3, "status": TaskStatus.CLOSED}))


async def close(intake: Intake, task: TaskSnapshot) -> int:
    """Close it and let what follows run; how many jobs that took."""
    await intake.service.deliver(closing(task))
    jobs = 0
    while ran := await intake.service.run_jobs(QUEUE, also_future=True):
        jobs += ran
    return jobs


async def registered(intake: Intake, actor: Actor, task: TaskSnapshot) -> str:
    return str((await intake.registered(actor, task))["submission"]["id"])


async def test_what_is_registered_fails_with_its_task_and_says_why(intake: Intake) -> None:
    agent, rival, task = an_actor(), an_actor(), await intake.open_task()
    elsewhere = await registered(intake, agent, await intake.open_task())
    id = await registered(intake, agent, task)
    finished, _ = await intake.handed_in(rival, task, GOOD)
    await close(intake, task)
    read = (await intake.read(agent, id))["submission"]
    assert (read["status"], read["error_message"]) == ("failed", timers.NOT_BEFORE_CLOSE)
    told = await intake.service.emitted(SubmissionFailed)
    assert [each.submission.version for each in told if str(each.submission.id) == id] == [2]
    assert await intake.used(agent, task) == 1
    assert (await intake.read(rival, finished))["submission"]["status"] == "running"
    assert (await intake.read(agent, elsewhere))["submission"]["status"] == "registered"


async def test_it_is_still_said_that_the_task_is_closed(intake: Intake) -> None:
    agent, task = an_actor(), await intake.open_task()
    id = await registered(intake, agent, task)
    await close(intake, task)
    for answer in (
        await intake.complete(agent, id),
        await intake.upload(agent, id, GOOD),
        await intake.post(agent, f"/internal/submissions/{id}/upload-url"),
    ):
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "TASK_CLOSED")


async def test_its_timer_goes_with_it_and_news_that_come_again_change_nothing(intake: Intake) -> None:
    agent, task = an_actor(), await intake.open_task()
    id = await registered(intake, agent, task)
    assert id in await intake.timers(id)
    assert await close(intake, task) == 1
    assert await intake.timers(id) == []
    assert await close(intake, task) == 0


async def test_any_number_is_ended_batch_by_batch(intake: Intake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timers, "_BATCH_SIZE", 2)
    task = await intake.open_task()
    agents = [an_actor() for _ in range(5)]
    ids = [await registered(intake, agent, task) for agent in agents]
    assert await close(intake, task) == 3
    for agent, id in zip(agents, ids, strict=True):
        assert (await intake.read(agent, id))["submission"]["status"] == "failed"


async def test_who_registers_while_the_task_is_closed_is_refused_or_ended(intake: Intake) -> None:
    task = await intake.open_task()
    agents = [an_actor() for _ in range(8)]
    answers, _ = await asyncio.gather(
        asyncio.gather(*(intake.register(agent, task.id) for agent in agents)),
        intake.service.deliver(closing(task)),
    )
    await close(intake, task)
    for agent, answer in zip(agents, answers, strict=True):
        assert answer.status_code in {201, 409}, answer.text
        if answer.status_code == 201:
            id = answer.json()["submission"]["id"]
            assert (await intake.read(agent, id))["submission"]["status"] == "failed"
