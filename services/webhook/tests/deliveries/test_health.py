"""Endpoints that fail for days are disabled; slow and dead ones cost the others nothing."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from joust_contracts.events import EndpointDisabled
from joust_contracts.services import ServiceName
from joust_kit.ids import RandomIds
from joust_kit.testing.component import ServiceUnderTest
from joust_webhook.deliveries.flights import Flights, Limits

LIMITS = Limits(
    per_receiver=2, without_worker=4, patience_seconds=0.02, failures=3, max_pause=timedelta(seconds=8)
)
NOW = datetime(2026, 11, 22, tzinfo=UTC)
ANY = RandomIds().new()


async def disabled(scene: Any) -> list[str]:
    told = await scene.service.emitted(EndpointDisabled)
    return [each.reason for each in told if each.account_id == scene.owner.account_id]


async def attempt_after(scene: Any, after: timedelta, name: str) -> None:
    with scene.service.clock.ahead(after):
        await scene.service.deliver(scene.events()[name])
        await scene.attempt()


async def test_an_endpoint_at_which_all_fails_for_five_days_is_disabled_told_once_and_has_a_way_back(
    scene: Any, receiver: HTTPServer
) -> None:
    receiver.expect_request("/hook").respond_with_data(status=503)
    endpoint = await scene.register(scene.owner, receiver.url_for("/hook"))
    began = scene.service.clock.now()
    await attempt_after(scene, timedelta(0), "published")
    await attempt_after(scene, timedelta(days=4, hours=23), "deadline")
    assert await disabled(scene) == []
    await attempt_after(scene, timedelta(days=5), "received")
    await attempt_after(scene, timedelta(days=5), "completed")
    assert await disabled(scene) == ["failing"]
    (shown,) = (await scene.endpoints())["data"]
    assert (shown["enabled"], shown["disabled_reason"]) == (False, "failing")
    sent = len(receiver.log)
    receiver.clear_all_handlers()
    receiver.expect_request("/hook").respond_with_data("back")
    with scene.service.clock.ahead(timedelta(days=6)):
        await scene.ask("PATCH", endpoint, json={"enabled": True})
        await scene.ask("POST", endpoint, "/recoveries", json={"since": began.isoformat()})
        await scene.service.run_jobs("resend")
        await scene.attempt()
    deliveries = await scene.deliveries(scene.owner)
    assert {each.state for each in deliveries} == {"delivered"}
    assert sorted(request.headers["webhook-id"] for request, _ in receiver.log[sent:]) == sorted(
        f"msg_{each.event_id}" for each in deliveries
    )


async def test_one_success_gives_an_endpoint_five_more_days(scene: Any, receiver: HTTPServer) -> None:
    statuses = iter([500, 200, 500, 500])
    receiver.expect_request("/hook").respond_with_handler(lambda _: Response(status=next(statuses, 500)))
    await scene.register(scene.owner, receiver.url_for("/hook"), "task.status_changed")
    await attempt_after(scene, timedelta(0), "published")
    await attempt_after(scene, timedelta(days=4), "deadline")
    await attempt_after(scene, timedelta(days=6), "closed")
    assert await disabled(scene) == []


async def test_a_wish_to_be_left_alone_for_a_while_is_honoured(scene: Any, receiver: HTTPServer) -> None:
    busy = Response(status=429, headers={"Retry-After": "3600"})
    receiver.expect_request("/hook").respond_with_response(busy)
    await scene.register(scene.owner, receiver.url_for("/hook"))
    await scene.service.deliver(scene.events()["published"])
    await scene.attempt()
    assert await scene.service.run_jobs("deliver") == 0
    (delivery,) = await scene.deliveries()
    assert len(await scene.waiting_jobs(delivery)) == 1


@pytest.fixture
async def busy_service(
    open_service: Callable[..., Awaitable[ServiceUnderTest]],
) -> AsyncIterator[ServiceUnderTest]:
    """Its workers run, with a patience of 50 ms."""
    service = await open_service(
        ServiceName.WEBHOOK,
        allow_insecure_targets=True,
        delivery_timeout_seconds=10,  # a busy machine answers later than it wants
        delivery_patience_seconds=0.05,
        attempts_per_endpoint=2,
        delivery_delays_seconds=(60,),
    )
    await service.runtime.jobs.start()
    yield service
    await service.runtime.jobs.broker.stop()


async def test_endpoints_that_hang_keep_no_other_waiting(
    scene: Any, receiver: HTTPServer, slow_receiver: HTTPServer, busy_service: ServiceUnderTest
) -> None:
    def hang(_request: Request) -> Response:
        time.sleep(2.5)
        return Response(status=200)

    slow_receiver.expect_request("/hook").respond_with_handler(hang)
    receiver.expect_request("/hook").respond_with_data("ok")
    for _ in range(15):  # twice as many attempts: more than there are workers
        await scene.register(scene.owner, slow_receiver.url_for("/hook"), "task.status_changed")
    for name in ("published", "deadline"):
        await scene.service.deliver(scene.events()[name])
    await scene.register(scene.competitor, receiver.url_for("/hook"), "deal.created")
    began = time.monotonic()
    await scene.service.deliver(scene.events()["deal"])
    async with asyncio.timeout(10):
        while not receiver.log:
            await asyncio.sleep(0.01)
    assert time.monotonic() - began < 2
    async with asyncio.timeout(20):
        while {each.state for each in await scene.deliveries()} != {"delivered"}:
            await asyncio.sleep(0.05)
    assert {each.attempts for each in await scene.deliveries()} == {1}


async def sleeper(seconds: float = 0.2) -> None:
    await asyncio.sleep(seconds)


async def test_an_attempt_that_takes_long_goes_on_without_its_worker() -> None:
    flights = Flights(LIMITS)
    ended = asyncio.Event()

    async def slow() -> None:
        await asyncio.sleep(0.1)
        ended.set()

    assert await flights.fly(ANY, slow()) is False
    assert not ended.is_set()
    await asyncio.wait_for(ended.wait(), 5)
    assert await flights.fly(ANY, sleeper(0)) is True


async def test_what_is_done_with_an_answer_is_not_the_time_of_its_receiver() -> None:
    flights = Flights(LIMITS)

    async def quick() -> None:
        with flights.sending(ANY):
            await sleeper(0)
        await sleeper(0.2)

    async def slow() -> None:
        with flights.sending(ANY):
            await sleeper(0.2)

    assert await flights.fly(ANY, quick()) is True
    assert await flights.fly(ANY, quick()) is True, "it is not known as slow"
    assert await flights.fly(ANY, slow()) is False
    await flights.close()


async def test_when_too_many_go_on_alone_the_next_keeps_its_worker() -> None:
    flights = Flights(LIMITS)
    alone = [await flights.fly(RandomIds().new(), sleeper(5)) for _ in range(4)]
    assert alone == [False] * 4
    assert await flights.fly(ANY, sleeper(0.1)) is True
    await flights.close()


async def test_an_attempt_at_a_receiver_that_was_slow_holds_no_worker_until_it_is_quick_again() -> None:
    flights = Flights(replace(LIMITS, patience_seconds=0.2))
    await flights.fly(ANY, sleeper(0.4))
    await flights.close()
    began = time.monotonic()
    assert await flights.fly(ANY, sleeper(0.02)) is False
    assert time.monotonic() - began < 0.2
    await landed(flights)
    assert await flights.fly(ANY, sleeper(0)) is True


async def test_while_half_of_the_workers_wait_no_further_one_waits_for_long() -> None:
    flights = Flights(replace(LIMITS, patience_seconds=3, workers=4))
    held = [asyncio.create_task(flights.fly(RandomIds().new(), sleeper(90))) for _ in range(2)]
    await asyncio.sleep(0)
    began = time.monotonic()
    assert await flights.fly(ANY, sleeper(90)) is False
    assert 0.6 <= time.monotonic() - began < 3
    began = time.monotonic()
    assert await flights.fly(ANY, sleeper(90)) is False
    assert time.monotonic() - began < 0.6, "its receiver keeps an attempt waiting already"
    for each in held:
        each.cancel()
    await asyncio.gather(*held, return_exceptions=True)
    await flights.close()


async def test_slow_receivers_leave_places_for_others() -> None:
    flights = Flights(LIMITS)
    slow = [RandomIds().new() for _ in range(4)]
    for each in slow[:3]:
        assert await flights.fly(each, sleeper(5)) is False
    assert flights.pause_before(slow[0], NOW) == timedelta(seconds=1)
    assert flights.pause_before(slow[3], NOW) is None
    assert await flights.fly(slow[3], sleeper(5)) is False
    await flights.close()


async def test_what_waits_for_a_receiver_that_fails_comes_back_one_after_another() -> None:
    flights = Flights(LIMITS)
    for _ in range(3):
        flights.learn(ANY, succeeded=False, now=NOW)
    pauses = [await flights.admit(ANY, now) for _ in range(4)]
    assert pauses == [timedelta(seconds=each) for each in (1, 1.05, 1.1, 1.15)]
    for _ in range(10_000):
        last = await flights.admit(ANY, now)
    assert last == timedelta(seconds=1, minutes=5)
    assert await flights.admit(RandomIds().new(), now) is None


async def landed(flights: Flights) -> None:
    """Wait until nothing is under way."""
    async with asyncio.timeout(5):
        while flights.under_way:
            await asyncio.sleep(0)


async def test_a_receiver_has_a_few_attempts_at_once_and_others_have_theirs() -> None:
    flights = Flights(LIMITS)
    for _ in range(2):
        assert flights.pause_before(ANY, NOW) is None
        await flights.fly(ANY, sleeper(5))
    assert flights.pause_before(ANY, NOW) == timedelta(seconds=1)
    assert flights.pause_before(RandomIds().new(), NOW) is None
    await flights.close()
    assert flights.pause_before(ANY, NOW) is None


def now() -> datetime:
    return NOW


async def test_for_a_place_at_a_quick_receiver_as_many_wait_as_it_has_places() -> None:
    flights = Flights(replace(LIMITS, patience_seconds=5))
    ended = asyncio.Event()
    flying = [asyncio.create_task(flights.fly(ANY, wait_for(ended))) for _ in range(2)]
    await asyncio.sleep(0)
    waiting = [asyncio.create_task(flights.admit(ANY, now)) for _ in range(2)]
    await asyncio.sleep(0)
    assert await flights.admit(ANY, now) == timedelta(seconds=1)
    assert await flights.admit(RandomIds().new(), now) is None
    ended.set()
    assert await asyncio.gather(*flying, *waiting) == [True, True, None, None]


async def test_nobody_waits_long_for_a_place_and_for_one_at_a_slow_receiver_not_at_all() -> None:
    flights = Flights(LIMITS)
    flying = [asyncio.create_task(flights.fly(ANY, sleeper(5))) for _ in range(2)]
    await asyncio.sleep(0)
    assert await flights.admit(ANY, now) == timedelta(seconds=1)
    await asyncio.gather(*flying)  # they have gone on alone
    patient = asyncio.create_task(flights.admit(ANY, now))
    await asyncio.sleep(0)
    assert patient.done()
    await flights.close()


async def wait_for(event: asyncio.Event) -> None:
    await event.wait()


async def test_one_that_fails_again_and_again_gets_growing_pauses_until_it_works() -> None:
    flights = Flights(LIMITS)
    pauses: list[timedelta | None] = []
    for _ in range(8):
        flights.learn(ANY, succeeded=False, now=NOW)
        pauses.append(flights.pause_before(ANY, NOW))
    assert pauses == [None, None, *(timedelta(seconds=each) for each in (1, 2, 4, 8, 8, 8))]
    later = NOW + timedelta(seconds=8)
    assert flights.pause_before(ANY, later) is None
    await flights.fly(ANY, sleeper(5))
    assert flights.pause_before(ANY, later) == timedelta(seconds=1)
    flights.learn(ANY, succeeded=True, now=later)
    assert flights.pause_before(ANY, later) is None
    await flights.close()


async def test_an_attempt_that_fails_in_its_workers_time_fails_its_job() -> None:
    async def broken() -> None:
        raise RuntimeError("no database")

    with pytest.raises(RuntimeError, match="no database"):
        await Flights(LIMITS).fly(ANY, broken())


async def test_receivers_that_fail_are_remembered_up_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("joust_webhook.deliveries.flights._REMEMBERED", 10)
    flights = Flights(LIMITS)
    ids: list[UUID] = [RandomIds().new() for _ in range(30)]
    for id in ids:
        for _ in range(3):
            flights.learn(id, succeeded=False, now=NOW)
    assert [flights.pause_before(id, NOW) is None for id in ids] == [True] * 20 + [False] * 10
