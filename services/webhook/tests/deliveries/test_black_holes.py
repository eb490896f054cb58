"""A line that swallows everything and says nothing, to the database or to receivers: every wait ends, and nothing is
left over. Kafka that says nothing is in ``tests/resilience/test_broker_faults.py``; storage is never asked."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from sqlalchemy import make_url

from joust_contracts.services import ServiceName
from joust_kit.testing.component import ServiceUnderTest
from tests.support.fault_proxy import FaultProxy, fault_proxy

EVENTS = ("published", "received", "completed", "evaluated", "deadline", "closed", "deal")
ANSWERED_SECONDS = 2.0
WORKS_AGAIN_SECONDS = 40.0


@pytest.fixture
async def line(webhooks: ServiceUnderTest) -> AsyncIterator[FaultProxy]:
    """To the database."""
    url = webhooks.database.engine.url
    async with fault_proxy(str(url.host), url.port or 5432) as running:
        yield running


@pytest.fixture
async def distant(
    line: FaultProxy, webhooks: ServiceUnderTest, open_service: Callable[..., Awaitable[ServiceUnderTest]]
) -> AsyncIterator[ServiceUnderTest]:
    """The service at the end of the line, as patient as in production, with its workers."""
    via = make_url(webhooks.database.engine.url).set(host="127.0.0.1", port=line.port)
    service = await open_service(
        ServiceName.WEBHOOK,
        database_url=via.render_as_string(hide_password=False),
        database_pool_timeout_seconds=0.8,
        database_connect_timeout_seconds=0.9,
        database_statement_timeout_seconds=1.5,
        allow_insecure_targets=True,
        delivery_timeout_seconds=1,
        delivery_delays_seconds=(0.2,) * 20,
        circuit_failures=1000,
    )
    await service.runtime.jobs.start()
    yield service
    await service.runtime.jobs.broker.stop()


def own_tasks() -> int:
    """Tasks, less those by which the lines carry bytes."""
    return sum("FaultProxy" not in repr(each.get_coro()) for each in asyncio.all_tasks())


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(WORKS_AGAIN_SECONDS):
        while not await condition():
            await asyncio.sleep(0.05)


async def test_a_database_that_says_nothing_holds_up_nobody_and_loses_nothing(
    scene: Any, receiver: HTTPServer, distant: ServiceUnderTest, line: FaultProxy
) -> None:
    receiver.expect_request("/hook").respond_with_data("ok")
    await scene.register(scene.owner, receiver.url_for("/hook"))
    await scene.service.deliver(scene.events()["published"])

    async def all_came() -> bool:
        return {each.state for each in await scene.deliveries(scene.owner)} == {"delivered"}

    await until(all_came)
    tasks_before = own_tasks()
    with line.black_hole():
        for name in EVENTS[1:]:
            await scene.service.deliver(scene.events()[name])
        for _ in range(3):
            began = time.monotonic()
            answer = await distant.http.get("/internal/endpoints", headers=distant.as_actor(scene.owner))
            assert (answer.status_code, answer.headers.get("retry-after")) == (503, "1")
            assert time.monotonic() - began < ANSWERED_SECONDS
    await until(all_came)
    assert {each.attempts for each in await scene.deliveries(scene.owner)} <= {1, 2}

    async def nothing_left() -> bool:
        taken = distant.database.engine.pool.checkedout()  # type: ignore[attr-defined]
        return not taken and own_tasks() <= tasks_before

    await until(nothing_left)


async def test_receivers_that_swallow_everything_cost_their_time_and_leave_nothing(
    scene: Any, receiver: HTTPServer, distant: ServiceUnderTest
) -> None:
    receiver.expect_request("/hook").respond_with_data("ok")
    async with fault_proxy("127.0.0.1", receiver.port) as to_receiver:
        with to_receiver.black_hole():
            await scene.register(scene.owner, f"http://127.0.0.1:{to_receiver.port}/hook")
            for name in EVENTS:
                await scene.service.deliver(scene.events()[name])

            async def all_ended_once() -> bool:
                return all(each.attempts for each in await scene.deliveries(scene.owner))

            await until(all_ended_once)
            log = [await scene.attempts(each) for each in await scene.deliveries(scene.owner)]
            assert {(one.status, one.error) for attempts in log for one in attempts} == {(None, "timeout")}
            assert all(one.latency_ms < 2000 for attempts in log for one in attempts)

        async def all_came() -> bool:
            return {each.state for each in await scene.deliveries(scene.owner)} == {"delivered"}

        await until(all_came)

    async def nothing_left() -> bool:
        taken = distant.runtime.resources.sender._session.connector._acquired
        return not taken and distant.runtime.resources.flights.under_way == 0

    await until(nothing_left)
