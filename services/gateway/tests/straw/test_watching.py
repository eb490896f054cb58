"""The stream of a submission."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from joust_contracts.events import SubmissionCompleted
from joust_contracts.internal.common import ErrorCode
from joust_contracts.internal.submissions import SubmissionView
from joust_gateway.settings import GatewaySettings
from joust_kit.testing.component import ServiceUnderTest
from services.gateway.tests.fakes import FakeServices
from services.gateway.tests.samples import (
    Party,
    a_snapshot,
    a_task,
    completed,
    failed,
    new_id,
    running,
    sign_up,
)
from services.gateway.tests.streaming import (
    all_closed,
    asked_times,
    events_of,
    open_times,
    streams_of,
    tell_event,
)


def show(services: FakeServices, view: SubmissionView) -> str:
    services.answer(f"submission GET /internal/submissions/{view.submission.id}", view)
    return f"/api/v1/submissions/{view.submission.id}/stream"


async def tell(gateway: ServiceUnderTest, view: SubmissionView) -> None:
    await tell_event(gateway, SubmissionCompleted(submission=view.submission))


async def begun(services: FakeServices, reads: int = 1) -> None:
    await asked_times(services, "submission", reads)


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
    server_time = datetime.fromisoformat(seen[-1].data.pop("server_time"))
    assert abs(server_time - datetime.now(UTC)) < timedelta(seconds=10)
    assert seen[-1].data == read
    await all_closed(gateway)


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
    assert GatewaySettings.model_fields["stream_max_seconds"].default == 270, "as the document has it"
    gateway = await open_gateway(stream_max_seconds=0.2)
    agent = await sign_up(gateway)
    path = show(services, running(a_snapshot(agent, a_task(new_id()))))
    for _ in range(2):
        answer = await asyncio.wait_for(agent.ask("GET", path), 5)
        assert [event.name for event in events_of(answer)] == ["submission"]
    await all_closed(gateway)


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


async def test_a_service_that_answers_again_soon_is_waited_for(
    open_gateway: Any, services: FakeServices
) -> None:
    gateway = await open_gateway(stream_patience_seconds=20)
    agent = await sign_up(gateway)
    waiting = running(a_snapshot(agent, a_task(new_id())))
    asked = asyncio.create_task(agent.ask("GET", show(services, waiting)))
    await begun(services)
    place = f"submission GET /internal/submissions/{waiting.submission.id}"
    services.refuse(place, 503, ErrorCode.SERVICE_UNAVAILABLE)
    await tell(gateway, waiting)
    await begun(services, reads=2)
    show(services, completed(waiting.submission))
    assert events_of(await asyncio.wait_for(asked, 5))[-1].name == "terminal"


async def test_a_first_reading_that_fails_is_made_again_before_anybody_is_refused(
    open_gateway: Any, services: FakeServices
) -> None:
    gateway = await open_gateway(stream_opening_patience_seconds=20)
    agent = await sign_up(gateway)
    view = completed(a_snapshot(agent, a_task(new_id())))
    path = show(services, view)
    services.refuse(
        f"submission GET /internal/submissions/{view.submission.id}", 503, ErrorCode.SERVICE_UNAVAILABLE
    )
    asked = [asyncio.create_task(agent.ask("GET", path)) for _ in range(10)]
    await begun(services)
    show(services, view)
    answers = await asyncio.wait_for(asyncio.gather(*asked), 20)
    assert {answer.status_code for answer in answers} == {200}
    assert len(services.asked_of("submission")) == 2


async def test_a_key_that_can_not_be_looked_up_at_first_is_looked_up_again_for_a_stream(
    open_gateway: Any, services: FakeServices
) -> None:
    gateway = await open_gateway(stream_opening_patience_seconds=20, database_statement_timeout_seconds=0.3)
    agent = await sign_up(gateway)
    path = show(services, completed(a_snapshot(agent, a_task(new_id()))))
    async with gateway.database.transaction() as unit:
        await unit.session.execute(text("LOCK TABLE gateway.api_keys"))
        asked = [asyncio.create_task(agent.ask("GET", path)) for _ in range(10)]
        for _ in range(2):
            assert (await agent.ask("GET", "/api/api-keys")).status_code == 503
    answers = await asyncio.wait_for(asyncio.gather(*asked), 20)
    assert {answer.status_code for answer in answers} == {200}


async def test_who_wants_to_see_what_can_not_be_read_for_long_is_refused(
    open_gateway: Any, services: FakeServices
) -> None:
    gateway = await open_gateway(stream_opening_patience_seconds=1)
    agent = await sign_up(gateway)
    view = running(a_snapshot(agent, a_task(new_id())))
    path = show(services, view)
    services.refuse(
        f"submission GET /internal/submissions/{view.submission.id}", 503, ErrorCode.SERVICE_UNAVAILABLE
    )
    answers = await asyncio.wait_for(asyncio.gather(*(agent.ask("GET", path) for _ in range(10))), 20)
    assert {answer.status_code for answer in answers} == {503}
    assert 1 < len(services.asked_of("submission")) <= 4
    await all_closed(gateway)


async def test_a_reader_that_comes_again_is_shown_only_what_it_has_not_seen(
    gateway: ServiceUnderTest, agent: Party, services: FakeServices
) -> None:
    waiting = running(a_snapshot(agent, a_task(new_id())))
    path = show(services, waiting)
    asked = [
        asyncio.create_task(agent.ask("GET", path, headers={"Last-Event-ID": seen}))
        for seen in ("1", "2", "99", "2.2", "none", "-1", "9" * 400)
    ]
    await open_times(gateway, len(asked))
    show(services, completed(waiting.submission))
    await tell(gateway, waiting)
    older, current, newer, *wrong = [events_of(answer)[:-1] for answer in await asyncio.gather(*asked)]
    assert [event.id for event in older] == ["2", "3"]
    assert [event.id for event in current] == ["3"]
    assert [[event.id for event in each] for each in wrong] == [["2", "3"]] * 4
    assert newer == []


async def test_a_submission_of_somebody_else_has_no_stream(
    gateway: ServiceUnderTest, agent: Party, services: FakeServices
) -> None:
    answer = await agent.ask("GET", f"/api/v1/submissions/{new_id()}/stream")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "NOT_FOUND")
    await all_closed(gateway)


async def test_more_streams_than_there_is_room_for_are_refused(
    open_gateway: Any, services: FakeServices
) -> None:
    gateway = await open_gateway(stream_max_open=1)
    agent = await sign_up(gateway)
    waiting = running(a_snapshot(agent, a_task(new_id())))
    path = show(services, waiting)
    first = asyncio.create_task(agent.ask("GET", path))
    await open_times(gateway, 1)
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
    await open_times(gateway, 1)
    streams_of(gateway).close()
    answer = await asyncio.wait_for(asked, 5)
    assert [event.name for event in events_of(answer)] == ["submission"]
