"""A task's way from draft to closed, over the internal API and the timers."""

from datetime import timedelta

from joust_contracts.events import TaskClosed, TaskCreated, TaskDeadlinePassed, TaskPublished
from joust_contracts.events.rankings import TaskRanked
from joust_kit.testing.component import ServiceUnderTest, an_actor
from services.task.tests.posting import a_task, create, move


async def test_a_task_goes_from_draft_to_open_to_closed_and_tells_each_step(tasks: ServiceUnderTest) -> None:
    owner = an_actor()
    task = await create(tasks, owner)
    assert task["status"] == "draft"
    assert (await move(tasks, owner, task["id"], "publish")).json()["status"] == "open"
    assert (await move(tasks, owner, task["id"], "close")).json()["status"] == "closed"
    told = [event for event in await tasks.all_emitted() if str(event.subject) == task["id"]]
    assert [event.type for event in told] == [
        kind.wire_type() for kind in (TaskCreated, TaskPublished, TaskClosed)
    ]
    assert [event.aggregate_version for event in told] == [1, 2, 3]


async def test_a_step_that_the_status_forbids_is_refused_and_changes_nothing(tasks: ServiceUnderTest) -> None:
    owner = an_actor()
    task = await create(tasks, owner)
    refused = await move(tasks, owner, task["id"], "close")
    assert refused.status_code == 409
    assert refused.json()["error"]["code"] == "INVALID_TRANSITION"
    read = await tasks.http.get(f"/internal/tasks/{task['id']}", headers=tasks.as_actor(owner))
    assert read.json()["status"] == "draft"


async def test_a_draft_of_somebody_else_can_not_be_found(tasks: ServiceUnderTest) -> None:
    task = await create(tasks, an_actor())
    stranger = tasks.as_actor(an_actor())
    assert (await tasks.http.get(f"/internal/tasks/{task['id']}", headers=stranger)).status_code == 404


async def test_an_open_task_of_somebody_else_can_be_read_but_not_closed(tasks: ServiceUnderTest) -> None:
    owner, stranger = an_actor(), an_actor()
    task = await create(tasks, owner)
    await move(tasks, owner, task["id"], "publish")
    read = await tasks.http.get(f"/internal/tasks/{task['id']}", headers=tasks.as_actor(stranger))
    assert read.status_code == 200
    assert (await move(tasks, stranger, task["id"], "close")).status_code == 403


async def test_weights_that_do_not_sum_to_100_are_refused(tasks: ServiceUnderTest) -> None:
    criteria = [{"name": "Only", "weight": 99, "position": 0}]
    answer = await tasks.http.post(
        "/internal/tasks", json=a_task(criteria=criteria), headers=tasks.as_actor(an_actor())
    )
    assert answer.status_code == 422
    assert answer.json()["error"]["code"] == "INVALID_WEIGHTS"


async def test_the_deadline_stops_submissions_and_the_final_ranks_close_the_task(
    tasks: ServiceUnderTest,
) -> None:
    owner = an_actor()
    task = await create(tasks, owner)
    await move(tasks, owner, task["id"], "publish")
    with tasks.clock.ahead(timedelta(days=3)):
        await tasks.run_jobs("pass_deadline", also_future=True)
    passed = [event for event in await tasks.emitted(TaskDeadlinePassed) if str(event.task.id) == task["id"]]
    assert len(passed) == 1
    ranked = TaskRanked(task_id=passed[0].task.id, version=1, winner=None, entries_count=0)
    await tasks.deliver(ranked)
    await tasks.deliver(ranked)
    closed = [event for event in await tasks.emitted(TaskClosed) if str(event.task.id) == task["id"]]
    assert len(closed) == 1


async def test_the_same_idempotency_key_makes_one_task(tasks: ServiceUnderTest) -> None:
    headers = tasks.as_actor(an_actor(), **{"Idempotency-Key": "once"})
    body = a_task()
    first = await tasks.http.post("/internal/tasks", json=body, headers=headers)
    second = await tasks.http.post("/internal/tasks", json=body, headers=headers)
    other = await tasks.http.post("/internal/tasks", json=a_task(title="Other"), headers=headers)
    assert first.status_code == second.status_code == 201
    assert first.json() == second.json()
    assert (other.status_code, other.json()["error"]["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")


async def test_a_request_without_the_gateways_token_is_refused(tasks: ServiceUnderTest) -> None:
    assert (await tasks.http.post("/internal/tasks", json=a_task())).status_code == 401
    forged = {"Joust-Actor": "eyJhbGciOiJub25lIn0.e30."}
    assert (await tasks.http.post("/internal/tasks", json=a_task(), headers=forged)).status_code == 401
