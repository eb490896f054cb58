"""The stream of a submission."""

import asyncio
import json
from typing import Any, NamedTuple

import httpx2
import pytest

from joust_contracts.events import Event, EventData, SubmissionCompleted
from joust_contracts.internal.common import ErrorCode
from joust_contracts.internal.submissions import SubmissionView
from joust_gateway.streams.hub import Hub
from joust_kit.testing.component import ServiceUnderTest
from services.gateway.tests.fakes import FakeServices
from services.gateway.tests.samples import (
    NOW,
    Party,
    a_snapshot,
    a_task,
    completed,
    failed,
    new_id,
    running,
    sign_up,
)


class Seen(NamedTuple):
    """An event that a client got."""

    name: str
    id: str
    data: Any


def events_of(answer: httpx2.Response) -> list[Seen]:
    seen = []
    for block in answer.text.split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
        if "event" in lines:
            seen.append(Seen(lines["event"], lines["id"], json.loads(lines["data"])))
    return seen


def hub_of(gateway: ServiceUnderTest) -> Hub:
    hub: Hub = gateway.app.state.resources.hub
    return hub


def show(services: FakeServices, view: SubmissionView) -> str:
    services.answer(f"submission GET /internal/submissions/{view.submission.id}", view)
    return f"/api/v1/submissions/{view.submission.id}/stream"


async def tell(gateway: ServiceUnderTest, view: SubmissionView) -> None:
    data = SubmissionCompleted(submission=view.submission)
    await hub_of(gateway).tell(Event[EventData].of(data, id=new_id(), time=NOW))


async def begun(services: FakeServices, reads: int = 1) -> None:
    """Wait until the stream has looked ``reads`` times."""
    async with asyncio.timeout(5):
        while len(services.asked_of("submission")) < reads:
            await asyncio.sleep(0.005)


async def test_a_stream_shows_the_state_each_change_and_the_end(
    gateway: ServiceUnderTest, agent: Party, services: FakeServices
) -> None:
    waiting = running(a_snapshot(agent, a_task(new_id())))
    path = show(services, waiting)
    asked = asyncio.create_task(agent.ask("GET", path))
    await begun(services)
    show(services, completed(waiting.submission))
    await tell(gateway, waiting)
    answer = await asyncio.wait_for(asked, 5)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/event-stream")
    assert answer.text.startswith("retry: ")
    seen = events_of(answer)
    assert [(event.name, event.id, event.data["status"]) for event in seen] == [
        ("submission", "2", "running"),
        ("submission", "3", "completed"),
        ("terminal", "3", "completed"),
    ]
    read = (await agent.ask("GET", path.removesuffix("/stream"))).json()
    assert seen[-1].data == read
    assert hub_of(gateway).open_count == 0


@pytest.mark.parametrize("end", [completed, failed])
async def test_something_already_over_is_shown_and_ends_at_once(
    agent: Party, services: FakeServices, end: Any
) -> None:
    path = show(services, end(a_snapshot(agent, a_task(new_id()))))
    answer = await asyncio.wait_for(agent.ask("GET", path), 5)
    assert [event.name for event in events_of(answer)] == ["submission", "terminal"]


async def test_an_event_that_changed_nothing_shows_nothing(
    gateway: ServiceUnderTest, agent: Party, services: FakeServices
) -> None:
    waiting = running(a_snapshot(agent, a_task(new_id())))
    asked = asyncio.create_task(agent.ask("GET", show(services, waiting)))
    await begun(services)
    await tell(gateway, waiting)
    await begun(services, reads=2)
    show(services, completed(waiting.submission))
    await tell(gateway, waiting)
    answer = await asyncio.wait_for(asked, 5)
    assert [event.name for event in events_of(answer)] == ["submission", "submission", "terminal"]


async def test_a_change_between_the_first_look_and_the_first_wait_is_not_missed(
    gateway: ServiceUnderTest, agent: Party, services: FakeServices
) -> None:
    waiting = running(a_snapshot(agent, a_task(new_id())))
    asked = asyncio.create_task(agent.ask("GET", show(services, waiting)))
    async with asyncio.timeout(5):
        while hub_of(gateway).open_count == 0:
            await asyncio.sleep(0)
    await tell(gateway, waiting)  # the stream listens, and has not read yet
    await begun(services, reads=2)
    show(services, completed(waiting.submission))
    await tell(gateway, waiting)
    assert events_of(await asyncio.wait_for(asked, 5))[-1].name == "terminal"


async def test_a_lost_event_is_healed_by_the_next_heartbeat(
    open_gateway: Any, services: FakeServices
) -> None:
    gateway = await open_gateway(stream_heartbeat_seconds=0.05)
    agent = await sign_up(gateway)
    waiting = running(a_snapshot(agent, a_task(new_id())))
    asked = asyncio.create_task(agent.ask("GET", show(services, waiting)))
    await begun(services, reads=2)
    show(services, completed(waiting.submission))
    answer = await asyncio.wait_for(asked, 5)
    assert "\n: still here\n\n" in answer.text
    assert events_of(answer)[-1].name == "terminal"


async def test_a_stream_ends_after_its_time_and_can_be_opened_again(
    open_gateway: Any, services: FakeServices
) -> None:
    gateway = await open_gateway(stream_max_seconds=0.2)
    agent = await sign_up(gateway)
    path = show(services, running(a_snapshot(agent, a_task(new_id()))))
    for _ in range(2):
        answer = await asyncio.wait_for(agent.ask("GET", path), 5)
        assert [event.name for event in events_of(answer)] == ["submission"]
    assert hub_of(gateway).open_count == 0


async def test_a_submission_that_can_not_be_read_any_more_is_an_error_event(
    gateway: ServiceUnderTest, agent: Party, services: FakeServices
) -> None:
    waiting = running(a_snapshot(agent, a_task(new_id())))
    asked = asyncio.create_task(agent.ask("GET", show(services, waiting)))
    await begun(services)
    place = f"submission GET /internal/submissions/{waiting.submission.id}"
    services.refuse(place, 503, ErrorCode.SERVICE_UNAVAILABLE)
    await tell(gateway, waiting)
    last = events_of(await asyncio.wait_for(asked, 5))[-1]
    assert (last.name, last.data["error"]["code"]) == ("error", "SERVICE_UNAVAILABLE")


async def test_a_submission_of_somebody_else_has_no_stream(
    gateway: ServiceUnderTest, agent: Party, services: FakeServices
) -> None:
    answer = await agent.ask("GET", f"/api/v1/submissions/{new_id()}/stream")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "NOT_FOUND")
    assert hub_of(gateway).open_count == 0


async def test_more_streams_than_there_is_room_for_are_refused(
    open_gateway: Any, services: FakeServices
) -> None:
    gateway = await open_gateway(stream_max_open=1)
    agent = await sign_up(gateway)
    waiting = running(a_snapshot(agent, a_task(new_id())))
    path = show(services, waiting)
    first = asyncio.create_task(agent.ask("GET", path))
    await begun(services)
    refused = await agent.ask("GET", path)
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "1")
    show(services, completed(waiting.submission))
    await tell(gateway, waiting)
    assert (await asyncio.wait_for(first, 5)).status_code == 200


async def test_streams_end_when_the_process_is_to_stop(open_gateway: Any, services: FakeServices) -> None:
    gateway = await open_gateway()
    agent = await sign_up(gateway)
    waiting = running(a_snapshot(agent, a_task(new_id())))
    asked = asyncio.create_task(agent.ask("GET", show(services, waiting)))
    await begun(services)
    hub_of(gateway).close()
    answer = await asyncio.wait_for(asked, 5)
    assert [event.name for event in events_of(answer)] == ["submission"]
