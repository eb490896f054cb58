"""Places and the quota: exactly as many as there are, one waiting at a time, each request carried out once."""

import asyncio
from collections import Counter
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from joust_contracts.events import SubmissionRegistered
from joust_kit.testing.component import an_actor
from libs.joust_kit.tests.archives.corpus import BAD
from services.submission.tests.uploads.conftest import GOOD, Intake

KEY = {"Idempotency-Key": "once"}


async def test_of_thirty_requests_of_both_kinds_at_once_exactly_the_fifteen_that_are_left_are_taken(
    intake: Intake,
) -> None:
    agent, task = an_actor(), await intake.open_task(max_submissions_per_agent=15)
    registering = [intake.register(agent, task.id) for _ in range(15)]
    handing_in = [intake.submit(agent, task.id) for _ in range(15)]
    mixed = [each for pair in zip(registering, handing_in, strict=True) for each in pair]
    answers = await asyncio.gather(*mixed)
    assert Counter(each.status_code for each in answers) == {201: 15, 409: 15}
    codes = {each.json()["error"]["code"] for each in answers if each.status_code == 409}
    assert codes <= {"QUOTA_EXHAUSTED", "SUBMISSION_IN_PROGRESS"}
    assert await intake.used(agent, task) == 15
    waiting = [each for each in answers[::2] if each.status_code == 201]
    assert len(waiting) <= 1
    assert len(await intake.received(task)) + len(waiting) == 15


async def test_of_many_registrations_at_once_one_is_taken_and_the_others_learn_which(intake: Intake) -> None:
    agent, task = an_actor(), await intake.open_task()
    answers = await asyncio.gather(*(intake.register(agent, task.id) for _ in range(12)))
    (taken,) = [each.json()["submission"]["id"] for each in answers if each.status_code == 201]
    refused = [each.json()["error"] for each in answers if each.status_code == 409]
    assert {(each["code"], each["details"]["submission_id"]) for each in refused} == {
        ("SUBMISSION_IN_PROGRESS", taken)
    }
    assert await intake.used(agent, task) == 1
    told = await intake.service.emitted(SubmissionRegistered)
    assert [str(each.submission.id) for each in told if each.submission.task_id == task.id] == [taken]


async def test_others_and_other_tasks_have_places_of_their_own(intake: Intake) -> None:
    agent, other, task = an_actor(), an_actor(), await intake.open_task()
    await intake.registered(agent, task)
    await intake.registered(other, task)
    await intake.registered(agent, await intake.open_task())
    assert (await intake.submit(agent, task.id)).status_code == 201


async def test_without_quota_nobody_registers(intake: Intake) -> None:
    agent, task = an_actor(), await intake.open_task(max_submissions_per_agent=1)
    await intake.submitted(agent, task)
    refused = await intake.register(agent, task.id)
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "QUOTA_EXHAUSTED")


async def test_the_owner_can_not_register(intake: Intake) -> None:
    owner = an_actor()
    task = await intake.open_task(owner)
    assert (await intake.register(owner, task.id)).status_code == 403


async def test_the_same_key_registers_once(intake: Intake) -> None:
    agent, task = an_actor(), await intake.open_task()
    first = await intake.register(agent, task.id, **KEY)
    second = await intake.register(agent, task.id, **KEY)
    assert (first.status_code, second.content) == (201, first.content)
    assert second.headers["Idempotent-Replayed"] == "true"


async def test_the_same_key_completes_once_however_late_it_comes_again(intake: Intake) -> None:
    agent, task = an_actor(), await intake.open_task()
    made = await intake.registered(agent, task)
    id = made["submission"]["id"]
    await intake.put(made["upload"]["url"], GOOD)
    first = await intake.complete(agent, id, **KEY)
    again = await intake.complete(agent, id, **KEY)
    assert (first.status_code, again.status_code, again.content) == (200, 200, first.content)
    assert (await intake.complete(agent, id)).json()["error"]["code"] == "WRONG_STATUS"
    assert len(await intake.received(task)) == 1


async def test_the_same_key_gets_the_same_refusal_of_an_unfit_artifact(intake: Intake) -> None:
    agent, task = an_actor(), await intake.open_task()
    made = await intake.registered(agent, task)
    id = made["submission"]["id"]
    await intake.put(made["upload"]["url"], BAD["a symbolic link"][0]())
    first = await intake.complete(agent, id, **KEY)
    again = await intake.complete(agent, id, **KEY)
    assert (first.status_code, first.json()["error"]["details"]["flaw"]) == (422, "link")
    assert (again.status_code, again.content) == (422, first.content)


async def test_one_key_at_once_is_carried_out_once(intake: Intake) -> None:
    agent, task = an_actor(), await intake.open_task()
    made = await intake.registered(agent, task)
    id = made["submission"]["id"]
    await intake.put(made["upload"]["url"], GOOD)
    answers = await asyncio.gather(*(intake.complete(agent, id, **KEY) for _ in range(8)))
    taken = [each.content for each in answers if each.status_code == 200]
    assert len(set(taken)) == 1
    refused = {each.json()["error"]["code"] for each in answers if each.status_code != 200}
    assert refused <= {"IDEMPOTENCY_KEY_IN_USE"}
    assert len(await intake.received(task)) == 1
    assert len(await intake.objects_of(id) - {made["upload"]["path"]}) == 1


async def test_a_registered_submission_is_not_the_latest_that_an_agent_handed_in(intake: Intake) -> None:
    poster, agent = an_actor(), an_actor()
    task = await intake.open_task(poster)
    path = f"/internal/tasks/{task.id}/agents/{agent.agent_id}/latest"
    handed_in = await intake.submitted(agent, task)
    await intake.registered(agent, task)
    assert UUID((await intake.get(poster, path)).json()["submission_id"]) == handed_in.id


@pytest.mark.parametrize("change", ["upload_until = NULL", "status = 'running'"])
async def test_the_database_refuses_a_registered_submission_that_contradicts_itself(
    intake: Intake, change: str
) -> None:
    id = (await intake.registered(an_actor(), await intake.open_task()))["submission"]["id"]
    with pytest.raises(IntegrityError):
        async with intake.service.database.transaction() as unit:
            await unit.session.execute(
                text(f"UPDATE submission.submissions SET {change} WHERE id = :id"), {"id": id}
            )
