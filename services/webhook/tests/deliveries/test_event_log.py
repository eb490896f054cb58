"""The log of what an account was told: in order, without gaps, with the ids that its webhooks get."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from sqlalchemy import text

from joust_contracts.events import TaskClosed
from joust_contracts.vocabulary import TaskStatus, WebhookEventType
from joust_kit.identity import Actor
from joust_kit.ids import RandomIds
from joust_kit.testing.component import message_from
from joust_webhook.event_log import queries, repository

WRITERS = 24


async def ask(scene: Any, actor: Actor, **params: int) -> Any:
    headers = scene.service.as_actor(actor)
    return await scene.service.http.get("/internal/events", params=params, headers=headers)


async def page(scene: Any, actor: Actor, **params: int) -> dict[str, Any]:
    answer = await ask(scene, actor, **params)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def positions(scene: Any, actor: Actor) -> list[int]:
    return [each["position"] for each in (await page(scene, actor, limit=100))["data"]]


async def test_the_log_has_what_the_webhooks_get_with_the_same_ids_in_order(
    scene: Any, receiver: HTTPServer
) -> None:
    receiver.expect_request("/hook").respond_with_data("ok")
    await scene.register(scene.owner, receiver.url_for("/hook"))
    for name in ("published", "received", "completed", "evaluated", "closed", "deal"):
        await scene.service.deliver(scene.events()[name])
        await scene.attempt()
    sent = [
        {"id": request.headers["webhook-id"], **json.loads(request.get_data())} for request, _ in receiver.log
    ]
    logged = await page(scene, scene.owner)
    assert logged["data"] == [{"position": place, **each} for place, each in enumerate(sent, start=1)]
    assert (logged["next_after"], logged["has_more"]) == (6, False)


async def test_an_event_has_one_id_at_all_endpoints_and_in_all_logs(scene: Any, receiver: HTTPServer) -> None:
    receiver.expect_request("/hook").respond_with_data("ok")
    for actor in (scene.owner, scene.owner, scene.competitor):
        await scene.register(actor, receiver.url_for("/hook"))
    await scene.service.deliver(scene.events()["deal"])
    await scene.attempt()
    ids = [request.headers["webhook-id"] for request, _ in receiver.log]
    ids += [(await page(scene, actor))["data"][0]["id"] for actor in (scene.owner, scene.competitor)]
    assert (len(ids), len(set(ids))) == (5, 1)


async def test_without_an_endpoint_an_account_finds_what_concerns_it_and_nothing_else(scene: Any) -> None:
    for event in scene.events().values():
        await scene.service.deliver(event)
    await scene.service.deliver(scene.matched(scene.competitor))
    told = {
        name: [each["type"] for each in (await page(scene, actor, limit=100))["data"]]
        for name, actor in (("owner", scene.owner), ("agent", scene.competitor), ("other", scene.stranger))
    }
    shared = ["submission.created", "submission.completed", "submission.failed", "evaluation.completed"]
    opened, *later = scene.drop_events()
    own, of_both = list(scene.competition_events()), list(scene.events_in_competition())
    assert told == {
        "owner": [*["task.status_changed"] * 3, *shared, "deal.created", opened, *later, *own, *of_both],
        "agent": [*shared, "deal.created", *later, *of_both, "task.matched"],
        "other": [],
    }


async def test_the_log_is_read_page_by_page_from_any_position(scene: Any) -> None:
    for _ in range(5):
        await scene.service.deliver(scene.events()["closed"])
    pages = []
    after, has_more = 0, True
    while has_more:
        read = await page(scene, scene.owner, after=after, limit=2)
        pages.append([each["position"] for each in read["data"]])
        after, has_more = read["next_after"], read["has_more"]
    assert pages == [[1, 2], [3, 4], [5]]
    assert await page(scene, scene.owner, after=5) == {"data": [], "next_after": 5, "has_more": False}


async def test_a_page_ends_after_a_megabyte(scene: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "_MAX_PAGE_BYTES", 1)
    for _ in range(2):
        await scene.service.deliver(scene.events()["closed"])
    first = await page(scene, scene.owner)
    assert ([each["position"] for each in first["data"]], first["has_more"]) == ([1], True)
    second = await page(scene, scene.owner, after=1)
    assert ([each["position"] for each in second["data"]], second["has_more"]) == ([2], False)


@pytest.mark.parametrize("params", [{"after": -1}, {"after": 2**63}, {"limit": 0}, {"limit": 101}])
async def test_what_is_no_place_in_the_log_is_refused(scene: Any, params: dict[str, int]) -> None:
    assert (await ask(scene, scene.owner, **params)).status_code == 422


async def test_a_position_that_no_event_has_had_is_refused_and_told_the_last_one(scene: Any) -> None:
    await scene.service.deliver(scene.events()["closed"])
    answer = await ask(scene, scene.owner, after=2)
    assert answer.status_code == 422
    assert "the last one is 1" in json.dumps(answer.json())


async def test_a_reader_misses_nothing_of_many_that_write_at_once(scene: Any) -> None:
    read: list[int] = []

    async def follow() -> None:
        while len(read) < WRITERS:
            after = read[-1] if read else 0
            read.extend(each["position"] for each in (await page(scene, scene.owner, after=after))["data"])
            await asyncio.sleep(0)

    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        group.create_task(follow())
        for _ in range(WRITERS):
            closed = TaskClosed(task=scene.task(TaskStatus.CLOSED))
            group.create_task(scene.service.deliver(closed))
    assert read == list(range(1, WRITERS + 1))


async def test_an_event_waits_for_one_that_has_its_position_and_is_not_committed(scene: Any) -> None:
    first = RandomIds().new()
    async with scene.service.database.transaction() as unit:
        await repository.append(
            unit.session,
            accounts={scene.owner.account_id},
            event_id=first,
            event_type=WebhookEventType.TASK_STATUS_CHANGED,
            payload='{"type":"task.status_changed","timestamp":"2026-11-22T19:28:40.000Z","data":{}}',
            now=unit.now,
        )
        later = asyncio.create_task(scene.service.deliver(scene.events()["closed"]))
        async with asyncio.timeout(20):
            while not await somebody_waits(scene):
                await asyncio.sleep(0.02)
        assert await positions(scene, scene.owner) == []
    await later
    logged = (await page(scene, scene.owner))["data"]
    assert [each["position"] for each in logged] == [1, 2]
    assert logged[0]["id"] == f"msg_{first}"


async def somebody_waits(scene: Any) -> bool:
    waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'"
    async with scene.service.database.reading() as session:
        return bool(await session.scalar(text(waiting)))


async def test_an_account_that_is_told_again_of_a_task_finds_it_once_and_no_gap(scene: Any) -> None:
    await scene.service.deliver(scene.matched(scene.competitor))
    await scene.service.deliver(scene.matched(scene.competitor, scene.stranger, batch=2))
    await scene.service.deliver(scene.events()["received"])
    kinds = [each["type"] for each in (await page(scene, scene.competitor))["data"]]
    assert kinds == ["task.matched", "submission.created"]
    assert await positions(scene, scene.competitor) == [1, 2]
    assert await positions(scene, scene.stranger) == [1]


async def test_an_event_that_is_handled_again_after_its_mark_was_pruned_is_logged_once(
    scene: Any, an_event: Any
) -> None:
    event = an_event(scene, "received")
    await scene.service.deliver_message(message_from(event))
    async with scene.service.database.transaction() as unit:
        await scene.service.runtime.inbox.forget(unit, event.id)
    await scene.service.deliver_message(message_from(event))
    assert await positions(scene, scene.owner) == [1]


async def test_a_rebuild_logs_nothing(scene: Any, an_event: Any) -> None:
    message = message_from(an_event(scene, "published"))
    await scene.service.runtime.inbox.handle_message(message, timeout_seconds=10, silent=True)
    assert await positions(scene, scene.owner) == []


async def test_after_thirty_days_an_event_is_forgotten_and_its_position_is_given_to_no_other(
    scene: Any,
) -> None:
    for days in (31, 31, 29):
        with scene.service.clock.ahead(-timedelta(days=days)):
            await scene.service.deliver(scene.events()["closed"])
    await scene.service.prune()
    assert await positions(scene, scene.owner) == [3]
    with scene.service.clock.ahead(-timedelta(days=32)):
        await scene.service.deliver(scene.events()["closed"])
    await scene.service.prune()
    await scene.service.deliver(scene.events()["closed"])
    assert await positions(scene, scene.owner) == [3, 5]
