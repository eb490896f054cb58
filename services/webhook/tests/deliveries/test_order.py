"""Deliveries of an endpoint begin in the order of its account's log, whatever their jobs go through."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from pytest_httpserver import HTTPServer
from sqlalchemy import select
from werkzeug import Response

from joust_kit.jobs import JobContext
from joust_webhook.deliveries.jobs import Deliver, deliver
from joust_webhook.resources import Resources, flights_of

EVENTS = ("published", "received", "completed", "evaluated", "deadline", "closed", "deal")


async def told(scene: Any, receiver: HTTPServer, *names: str) -> dict[str, Any]:
    """An endpoint whose messages wait for their first attempts."""
    endpoint: dict[str, Any] = await scene.register(scene.owner, receiver.url_for("/hook"))
    for name in names:
        await scene.service.deliver(scene.events()[name])
    return endpoint


async def waiting(scene: Any) -> list[Deliver]:
    """The jobs that wait, as they were planned."""
    jobs = scene.service.database.tables.jobs
    async with scene.service.database.reading() as session:
        found = await session.scalars(
            select(jobs.c.payload).where(jobs.c.queue == "deliver").order_by(jobs.c.id)
        )
        return [Deliver.model_validate_json(bytes(payload)) for payload in found]


def context(scene: Any, resources: Resources | None = None) -> JobContext:
    return JobContext(
        database=scene.service.database,
        resources=resources or scene.service.runtime.resources,
        correlation_id=None,
        attempt=1,
        is_last_attempt=False,
    )


async def run(scene: Any, body: Deliver, resources: Resources | None = None) -> None:
    await deliver.run(body, context(scene, resources))


async def logged(scene: Any) -> list[str]:
    """Ids of the owner's messages in the order of the log."""
    answer = await scene.service.http.get("/internal/events", headers=scene.service.as_actor(scene.owner))
    return [each["id"] for each in answer.json()["data"]]


def sent(receiver: HTTPServer) -> list[str]:
    return [request.headers["webhook-id"] for request, _ in receiver.log]


async def test_in_whatever_order_jobs_run_messages_begin_in_the_order_of_the_log(
    scene: Any, receiver: HTTPServer
) -> None:
    receiver.expect_request("/hook").respond_with_data("ok")
    await told(scene, receiver, *EVENTS)
    for body in reversed(await waiting(scene)):
        await run(scene, body)
    assert sent(receiver) == await logged(scene)
    assert {each.state for each in await scene.deliveries(scene.owner)} == {"delivered"}


async def test_jobs_that_run_at_once_and_again_begin_each_message_once(
    scene: Any, receiver: HTTPServer
) -> None:
    receiver.expect_request("/hook").respond_with_data("ok")
    await told(scene, receiver, *EVENTS)
    bodies = await waiting(scene)
    await asyncio.gather(*(run(scene, body) for body in bodies))
    for body in bodies:
        await run(scene, body)
    assert Counter(sent(receiver)) == Counter(await logged(scene))


class Dying:
    """In place of the sender: the process ends before anything is sent."""

    async def send(self, *_given: Any, **_more: Any) -> Any:
        raise RuntimeError("killed")


async def test_a_job_whose_worker_died_makes_the_attempt_that_it_had_begun_and_no_other(
    scene: Any, receiver: HTTPServer
) -> None:
    receiver.expect_request("/hook").respond_with_data("ok")
    await told(scene, receiver, "published", "closed", "deal")
    first, second, third = await waiting(scene)
    dying: Any = Dying()
    with pytest.raises(RuntimeError):
        await run(scene, second, replace(scene.service.runtime.resources, sender=dying))
    await run(scene, first)
    await run(scene, second)
    await run(scene, third)
    one, two, three = await logged(scene)
    assert sent(receiver) == [two, one, three]
    assert {each.state for each in await scene.deliveries(scene.owner)} == {"delivered"}


async def test_a_message_that_has_to_be_tried_again_holds_up_none_behind_it(
    scene: Any, receiver: HTTPServer
) -> None:
    statuses = iter([500])
    receiver.expect_request("/hook").respond_with_handler(lambda _: Response(status=next(statuses, 200)))
    await told(scene, receiver, "published", "closed")
    for body in await waiting(scene):
        await run(scene, body)
    one, two = await logged(scene)
    assert sent(receiver) == [one, two]
    (again,) = [body for body in await waiting(scene) if body.attempt == 2]
    await run(scene, again)
    assert sent(receiver) == [one, two, one]


async def test_a_message_that_is_sent_again_before_it_began_leaves_none_behind(
    scene: Any, receiver: HTTPServer
) -> None:
    receiver.expect_request("/hook").respond_with_data("ok")
    endpoint = await told(scene, receiver, "published", "closed", "deal")
    _, second, _ = await scene.deliveries(scene.owner)
    assert (await scene.ask("POST", endpoint, f"/deliveries/{second.id}/resend")).status_code == 202
    for body in reversed(await waiting(scene)):
        await run(scene, body)
    one, two, three = await logged(scene)
    assert sent(receiver) == [two, one, three]


async def test_what_is_recovered_takes_no_job_from_those_that_come_after_it(
    scene: Any, receiver: HTTPServer
) -> None:
    receiver.expect_request("/hook").respond_with_data("ok")
    endpoint = await told(scene, receiver)
    assert (await scene.ask("PATCH", endpoint, json={"enabled": False})).status_code == 200
    began = scene.service.clock.now() - timedelta(minutes=1)
    await scene.service.deliver(scene.events()["published"])
    assert (await scene.ask("PATCH", endpoint, json={"enabled": True})).status_code == 200
    for name in ("closed", "deal"):
        await scene.service.deliver(scene.events()[name])
    recovery = {"since": began.isoformat()}
    assert (await scene.ask("POST", endpoint, "/recoveries", json=recovery)).status_code == 202
    while await scene.service.run_jobs("resend"):
        pass
    for body in await waiting(scene):
        await run(scene, body)
    one, two, three = await logged(scene)
    assert sent(receiver) == [two, three, one]
    assert {each.state for each in await scene.deliveries(scene.owner)} == {"delivered"}


async def test_what_has_to_wait_for_a_place_keeps_its_place_in_the_order(
    scene: Any, receiver: HTTPServer
) -> None:
    receiver.expect_request("/hook").respond_with_data("ok")
    await told(scene, receiver, *EVENTS)
    bodies = await waiting(scene)
    resources = replace(scene.service.runtime.resources, flights=one_at_a_time(scene))
    await asyncio.gather(*(run(scene, body, resources) for body in reversed(bodies)))
    put_off = (await waiting(scene))[len(bodies) :]
    assert len(put_off) == len(bodies) - 2, "one has the place, one waits for it"
    for body in put_off:
        await run(scene, body, resources)
    assert sent(receiver) == await logged(scene)


async def test_what_waits_for_a_place_is_given_up_at_once_when_its_endpoint_is_gone(
    scene: Any, receiver: HTTPServer
) -> None:
    endpoint = await told(scene, receiver, "published")
    (body,) = await waiting(scene)
    resources = replace(scene.service.runtime.resources, flights=flights_of(scene.service.service.settings))
    for _ in range(scene.service.service.settings.circuit_failures):
        now = scene.service.clock.now()
        resources.flights.learn(UUID(endpoint["id"]), succeeded=False, now=now)
    await run(scene, body, resources)
    assert await waiting(scene) == [body, body], "the circuit is open"
    assert (await scene.ask("DELETE", endpoint)).is_success
    await run(scene, body, resources)
    assert await waiting(scene) == [body, body]
    (delivery,) = await scene.deliveries(scene.owner)
    assert (delivery.state, delivery.failure_reason, receiver.log) == ("failed", "deactivated", [])


def one_at_a_time(scene: Any) -> Any:
    settings = scene.service.service.settings.model_copy(update={"attempts_per_endpoint": 1})
    return flights_of(settings)
