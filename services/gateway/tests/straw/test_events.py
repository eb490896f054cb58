"""The log of events and the catalogue of their types, in the Straw dialect."""

import asyncio
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from joust_contracts.events import (
    DealCreated,
    Event,
    EventData,
    SubmissionCompleted,
    TaskMatched,
    TaskPublished,
)
from joust_contracts.events.rankings import MatchedAgent, MatchedTask
from joust_contracts.internal.common import ErrorCode
from joust_contracts.internal.webhooks import EventPage, LoggedEventView
from joust_contracts.vocabulary import WebhookEventType
from joust_gateway.streams.hub import EventsOf, Hub
from joust_kit.testing.component import ServiceUnderTest
from services.gateway.tests.fakes import FakeServices
from services.gateway.tests.samples import NOW, Party, a_deal, a_snapshot, a_task, new_id, sign_up

LOG = "webhook GET /internal/events"
EVENT = LoggedEventView(
    position=8,
    id=f"msg_{new_id()}",
    type=WebhookEventType.DEAL_CREATED,
    timestamp=NOW,
    data={"task_id": str(new_id()), "deal_value_cents": 5},
)
NOTHING = EventPage(data=(), next_after=7, has_more=False)
ONE = EventPage(data=(EVENT,), next_after=8, has_more=True)


async def test_events_behind_a_position_are_shown_as_they_were_sent(
    poster: Party, services: FakeServices
) -> None:
    services.answer(LOG, ONE)
    read = await poster.ask("GET", "/api/v1/events", params={"after": 7, "limit": 1})
    assert read.json() == {"data": [EVENT.model_dump(mode="json")], "next_after": 8, "has_more": True}
    assert services.asked[0].query == {"after": "7", "limit": "1"}


@pytest.mark.parametrize(
    "query", ["after=-1", "after=x", f"after={2**63}", "limit=0", "limit=101", "wait=61", "wait=-1", "from=1"]
)
async def test_what_is_no_question_to_the_log_is_refused(poster: Party, query: str) -> None:
    answer = await poster.ask("GET", f"/api/v1/events?{query}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "VALIDATION_ERROR")


async def test_a_position_that_was_never_given_is_refused_at_once_though_one_waits(
    poster: Party, services: FakeServices
) -> None:
    services.refuse(LOG, 422, ErrorCode.VALIDATION_ERROR)
    answer = await asyncio.wait_for(poster.ask("GET", "/api/v1/events?after=9&wait=60"), 5)
    assert answer.status_code == 422


async def test_a_key_without_the_scope_reads_no_events(poster: Party) -> None:
    limited = await poster.key_with("profile:read")
    answer = await limited.ask("GET", "/api/v1/events")
    assert (answer.status_code, answer.json()["error"]["details"]["required_scope"]) == (
        403,
        "webhooks:manage",
    )


async def looked(services: FakeServices, times: int = 1) -> None:
    async with asyncio.timeout(5):
        while len(services.asked_of("webhook")) < times:
            await asyncio.sleep(0.005)


async def tell(gateway: ServiceUnderTest, data: EventData) -> None:
    await gateway.app.state.resources.hub.tell(Event[EventData].of(data, id=new_id(), time=NOW))


async def test_an_answer_is_held_until_an_event_is_logged_though_the_log_is_late(
    gateway: ServiceUnderTest, poster: Party, services: FakeServices
) -> None:
    services.answer(LOG, NOTHING)
    asked = asyncio.create_task(poster.ask("GET", "/api/v1/events?after=7&wait=60"))
    await looked(services)
    await tell(gateway, TaskPublished(task=a_task(poster.account_id)))
    seen = len(services.asked_of("webhook"))
    await looked(services, seen + 2)
    assert not asked.done()
    services.answer(LOG, ONE)
    answer = await asyncio.wait_for(asked, 5)
    assert [each["position"] for each in answer.json()["data"]] == [8]
    assert gateway.app.state.resources.hub.open_count == 0
    assert not gateway.app.state.resources.streams.keys


async def test_after_its_time_an_answer_without_events_is_given(
    poster: Party, services: FakeServices
) -> None:
    services.answer(LOG, NOTHING)
    answer = await asyncio.wait_for(poster.ask("GET", "/api/v1/events?after=7&wait=1"), 5)
    assert answer.json() == {"data": [], "next_after": 7, "has_more": False}


async def test_a_wait_for_events_ends_when_its_key_is_revoked(
    gateway: ServiceUnderTest, services: FakeServices
) -> None:
    services.answer(LOG, NOTHING)
    limited = await (await sign_up(gateway)).key_with("webhooks:manage")
    asked = asyncio.create_task(limited.ask("GET", "/api/v1/events?after=7&wait=60"))
    await looked(services)
    (key_id,) = gateway.app.state.resources.streams.keys
    gateway.app.state.resources.streams.end(key_id)
    assert (await asyncio.wait_for(asked, 5)).status_code == 401


async def test_a_wait_for_events_ends_when_the_process_is_to_stop(
    open_gateway: Any, services: FakeServices
) -> None:
    services.answer(LOG, NOTHING)
    gateway = await open_gateway()
    party = await sign_up(gateway)
    asked = asyncio.create_task(party.ask("GET", "/api/v1/events?after=7&wait=60"))
    await looked(services)
    gateway.app.state.resources.hub.close()
    assert (await asyncio.wait_for(asked, 5)).json()["data"] == []


async def test_those_whom_an_event_concerns_are_woken_and_nobody_else(agent: Party, poster: Party) -> None:
    task = a_task(poster.account_id)
    matched = TaskMatched(
        matching_id=new_id(),
        version=1,
        task=MatchedTask(**task.model_dump(include=set(MatchedTask.model_fields))),
        agents=(MatchedAgent(account_id=agent.account_id, agent_id=agent.agent_id),),
    )
    snapshot = a_snapshot(agent, task)
    for data, woken in (
        (TaskPublished(task=task), {"poster"}),
        (SubmissionCompleted(submission=snapshot), {"poster", "agent"}),
        (DealCreated(deal=a_deal(task, agent)), {"poster", "agent"}),
        (matched, {"agent"}),
    ):
        hub = Hub(10)
        names = {"poster": poster.account_id, "agent": agent.account_id, "stranger": new_id()}
        listeners = {name: hub.listen(EventsOf(id)) for name, id in names.items()}
        await hub.tell(Event[EventData].of(data, id=new_id(), time=NOW))
        heard = {name for name, listener in listeners.items() if await listener.wait(0.01)}
        assert heard == woken, data.subject_happened


async def test_the_catalogue_has_every_type_with_a_schema_that_its_example_fits(
    gateway: ServiceUnderTest,
) -> None:
    answer = await gateway.http.get("/api/v1/webhooks/event-types")
    assert answer.status_code == 200
    types = {each["type"]: each for each in answer.json()["data"]}
    assert {name for name, each in types.items() if each["may_be_subscribed"]} == set(WebhookEventType)
    assert set(types) - set(WebhookEventType) == {"webhook.test"}
    for name, each in types.items():
        Draft202012Validator.check_schema(each["json_schema"])
        validator = Draft202012Validator(each["json_schema"])
        validator.validate(each["example"])
        assert each["example"]["type"] == name
        assert not validator.is_valid({**each["example"], "type": "moon.landed"})
        assert not validator.is_valid({**each["example"], "data": {}})
