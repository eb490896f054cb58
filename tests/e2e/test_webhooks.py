"""Every kind of webhook, provoked over the public API, and each one's signature and form."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import httpx2
import pytest
from jsonschema import Draft202012Validator
from uuid_utils.compat import uuid7

from joust_contracts.services import ServiceName
from joust_contracts.vocabulary import WebhookEventType
from joust_embedded.bounty.client import Party, Refused
from joust_embedded.bounty.receiver import Receiver
from joust_embedded.bounty.works import CARELESS, DECENT
from joust_embedded.stack import Stack
from joust_kit.storage import ObjectStorage
from joust_submission.artifacts.keys import key_of
from tests.authorisation.calls import a_competition
from tests.support import checkers
from tests.support.arena import Arena, scored, submit_and_wait
from tests.support.contests import Deadline, deadlines_pass
from tests.support.distant import open_receiver
from tests.support.dropping import ranked_drop
from tests.support.freezing import frozen
from tests.support.services import service_of

EVERYTHING = [kind.value for kind in WebhookEventType]


class Listeners:
    """Parties, each with a server of its own."""

    def __init__(self, arena: Arena, servers: AsyncExitStack) -> None:
        self._arena = arena
        self._servers = servers

    async def sign_up(self, name: str) -> tuple[Party, Receiver]:
        """A party that is told everything there is."""
        party = await self._arena.sign_up(name, cents=10_000)
        receiver = await self._servers.enter_async_context(open_receiver(self._arena.stack))
        receiver.secret = (await party.register_webhook(receiver.url, EVERYTHING))["secret"]
        return party, receiver


@pytest.fixture
async def listeners(arena: Arena) -> AsyncIterator[Listeners]:
    async with AsyncExitStack() as servers:
        yield Listeners(arena, servers)


async def document_of(stack: Stack) -> dict[str, Any]:
    async with httpx2.AsyncClient(base_url=stack.urls["gateway"], timeout=60) as http:
        return dict((await http.get("/openapi.json")).json())


def fields_of(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    name = schema["$ref"].removeprefix("#/components/schemas/")
    return dict(document["components"]["schemas"][name]["properties"])


def assert_is_as_documented(document: dict[str, Any], delivery: dict[str, Any]) -> None:
    """Fails unless the delivery has exactly the documented fields, each of its documented form."""
    said = document["webhooks"][delivery["type"]]["post"]["requestBody"]["content"]["application/json"]
    schema = {**said["schema"], "components": document["components"]}
    Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER).validate(delivery)
    envelope = fields_of(document, said["schema"])
    assert set(delivery) == set(envelope)
    assert set(delivery["data"]) == set(fields_of(document, envelope["data"]))


@asynccontextmanager
async def unjudgeable(stack: Stack, agent: Party, task_id: str) -> AsyncIterator[None]:
    """The agent hands in what the judge does not find; after the block it is there again."""
    async with ObjectStorage(service_of(stack, ServiceName.SUBMISSION).settings) as storage:
        with frozen(stack.pid("evaluation")):
            key = key_of((await agent.quick_submit(task_id, CARELESS))["id"])
            async with storage.open(key) as chunks:
                content = b"".join([chunk async for chunk in chunks])
            await storage.delete(key)
        yield

        async def once() -> AsyncIterator[bytes]:
            yield content

        await storage.put(key, once(), size_bytes=len(content), content_type="application/zip")


async def test_all_kinds_about_tasks_come_signed_and_as_documented_to_those_whom_they_concern(
    stack: Stack, listeners: Listeners
) -> None:
    (poster, posters), (ada, adas), (bob, bobs) = [
        await listeners.sign_up(name) for name in ("Poster", "Ada", "Bob")
    ]
    category = f"Webhooks {uuid7()}"
    await ada.declare_interests(categories=[category], tags=["csv"], min_budget_cents=10_000)
    await checkers.events_are_complete(stack)
    task = await poster.create_task(category=category)
    await poster.publish(task["id"])
    done = await ada.quick_submit(task["id"], DECENT)
    await scored(ada, done["id"])
    async with unjudgeable(stack, ada, task["id"]):
        await posters.wait_for(lambda seen: "submission.failed" in seen.types())
    await submit_and_wait(bob, task["id"])
    await poster.close_task(task["id"])
    await poster.deal(task["id"], ada.agent_id, 10_000)
    again = await poster.create_task(category=category.lower())
    await poster.publish(again["id"])

    scored_one = ["submission.created", "submission.completed", "evaluation.completed"]
    of_ada = Counter(["deal.created", *scored_one, "submission.created", "submission.failed"])
    await posters.wait_for(lambda seen: len(set(seen.ids)) >= 12)
    assert Counter(posters.types()) == of_ada + Counter([*scored_one, *["task.status_changed"] * 3])
    await adas.wait_for(lambda seen: len(set(seen.ids)) >= 8)
    assert Counter(adas.types()) == of_ada + Counter(["task.matched"] * 2)
    await bobs.wait_for(lambda seen: len(set(seen.ids)) >= 4)
    assert Counter(bobs.types()) == Counter([*scored_one, "task.matched"])

    about_tasks = {kind for kind in EVERYTHING if not kind.startswith(("drop.", "competition"))}
    assert {*posters.types(), *adas.types()} == about_tasks
    assert posters.refused == adas.refused == bobs.refused == 0
    document = await document_of(stack)
    for delivery in [*posters.deliveries, *adas.deliveries, *bobs.deliveries]:
        assert_is_as_documented(document, delivery)
    matched = [each["data"]["task_id"] for each in adas.deliveries if each["type"] == "task.matched"]
    assert matched == [task["id"], again["id"]]
    (failed,) = [each["data"] for each in adas.deliveries if each["type"] == "submission.failed"]
    assert (failed["status"], failed["evaluated"]) == ("evaluation_failed", False)
    assert failed["error_message"]
    for party, receiver in ((poster, posters), (ada, adas), (bob, bobs)):
        await assert_log_has_what_came(party, receiver)


async def assert_log_has_what_came(party: Party, receiver: Receiver) -> None:
    """Fails unless the party's log of events has each message under the id with which it came."""
    logged = (await party.get("/api/v1/events", limit=100))["data"]
    assert [each["position"] for each in logged] == list(range(1, len(logged) + 1))
    came = dict(zip(receiver.ids, receiver.deliveries, strict=True))
    assert {
        each["id"]: {name: each[name] for name in ("type", "timestamp", "data")} for each in logged
    } == came


async def test_a_drop_tells_its_sender_and_who_competes_how_it_goes(
    stack: Stack, listeners: Listeners
) -> None:
    (sender, senders), (worker, workers) = [await listeners.sign_up(name) for name in ("Sender", "Worker")]
    drop = await ranked_drop(sender, worker)
    ended = ["drop.closed", "drop.verified"]
    await senders.wait_for(lambda seen: "drop.verified" in seen.types())
    await workers.wait_for(lambda seen: "drop.verified" in seen.types())
    assert Counter(senders.types()) == Counter(["drop.opened", *ended])
    assert Counter(workers.types()) == Counter(ended)
    assert senders.refused == workers.refused == 0
    document = await document_of(stack)
    for delivery in [*senders.deliveries, *workers.deliveries]:
        assert_is_as_documented(document, delivery)
    (told,) = [each["data"] for each in workers.deliveries if each["type"] == "drop.verified"]
    assert {name: told[name] for name in ("status", "grade", "winner_user_id")} == {
        "status": "verified",
        "grade": drop["grade"],
        "winner_user_id": worker.account_id,
    }
    assert told["job_id"] == drop["id"]
    for party, receiver in ((sender, senders), (worker, workers)):
        await assert_log_has_what_came(party, receiver)


async def test_a_competition_tells_its_creator_and_who_takes_part_how_it_goes(
    stack: Stack, listeners: Listeners
) -> None:
    (creator, creators), (ada, adas), (bob, bobs) = [
        await listeners.sign_up(name) for name in ("Creator", "Ada", "Bob")
    ]
    terms, prize = {"terms_accepted": True}, {"amount": 5_000, "currency": "usd"}
    draft = await creator.post("/api/competitions", a_competition(prize=prize))
    path = f"/api/competitions/{draft['id']}"
    await creator.post(f"{path}/publish", terms)
    await creators.wait_for(lambda seen: "competition.updated" in seen.types())
    for entrant in (ada, bob):
        await entrant.post(f"{path}/join", terms)
    await bob.post(f"{path}/leave")
    first, work = [await _handed_in(ada, path) for _ in range(2)]
    await ada.post(f"/api/submission-drafts/{first}/withdraw")
    await creator.post(f"/api/submission-drafts/{work}/feedback", {"feedback": "A fine beam."})
    await deadlines_pass(stack, draft["id"], Deadline.SUBMISSION)
    await creators.wait_for(lambda seen: "competition.submissions_closed" in seen.types())
    await creator.post(f"{path}/winner", {"submission_id": work})

    of_ada = ["competition_entry.created", *["competition_submission.received"] * 2]
    of_ada += ["competition_submission.retracted", "competition_submission.reviewed"]
    of_bob = ["competition_entry.created", "competition_entry.ended"]
    to_both = ["competition.submissions_closed", "competition.awarded", "competition.updated"]
    await creators.wait_for(lambda seen: len(set(seen.ids)) >= 12)
    await adas.wait_for(lambda seen: len(set(seen.ids)) >= 8)
    assert Counter(creators.types()) == Counter(
        [*of_ada, *of_bob, *to_both, "competition.published", "competition.updated"]
    )
    assert Counter(adas.types()) == Counter([*of_ada, *to_both])
    assert Counter(bobs.types()) == Counter(of_bob)
    assert creators.refused == adas.refused == bobs.refused == 0
    document = await document_of(stack)
    for delivery in [*creators.deliveries, *adas.deliveries, *bobs.deliveries]:
        assert_is_as_documented(document, delivery)
    (awarded,) = [each["data"] for each in adas.deliveries if each["type"] == "competition.awarded"]
    assert (awarded["winner_id"], awarded["winning_submission_id"]) == (ada.account_id, work)
    (paid,) = [each["data"] for each in adas.deliveries if each["type"] == "competition.updated"]
    assert (paid["competition_id"], paid["prize_status"]) == (draft["id"], "paid")
    for party, receiver in ((creator, creators), (ada, adas), (bob, bobs)):
        await assert_log_has_what_came(party, receiver)


async def _handed_in(entrant: Party, path: str) -> str:
    """Work without files."""
    terms = {"terms_accepted": True}
    work = await entrant.post(f"{path}/submission-drafts", {"title": "A logo", **terms})
    await entrant.post(f"/api/submission-drafts/{work['id']}/submit", {"assets": [], **terms})
    return str(work["id"])


async def test_who_has_no_webhook_waits_for_events(arena: Arena) -> None:
    poster = await arena.sign_up("Poster")
    asked = asyncio.create_task(poster.get("/api/v1/events", wait=14))
    task = await poster.create_task()
    await poster.publish(task["id"])
    heard = await asked
    ((event,), after) = (heard["data"], heard["next_after"])
    assert (event["position"], after, event["type"]) == (1, 1, "task.status_changed")
    assert event["data"] == {"task_id": task["id"], "title": task["title"], "status": "open"}
    again = await poster.get("/api/v1/events", after=after, wait=1)
    assert (again["data"], again["next_after"]) == ([], 1)


async def test_a_webhook_is_tried_and_deactivated(stack: Stack, listeners: Listeners) -> None:
    poster, receiver = await listeners.sign_up("Poster")
    ((webhook,), document) = ((await poster.get("/api/v1/webhooks"))["data"], await document_of(stack))
    tried = await poster.test_webhook(webhook["id"])
    assert (tried["delivered"], tried["status"], tried["error"]) == (True, 204, None)
    assert receiver.types() == ["webhook.test"]
    assert receiver.refused == 0
    assert_is_as_documented(document, receiver.deliveries[0])
    gone = (await poster.http.delete(f"/api/v1/webhooks/{webhook['id']}")).json()
    assert gone == {**webhook, "active": False}
    with pytest.raises(Refused) as refused:
        await poster.test_webhook(webhook["id"])
    assert (refused.value.status, refused.value.code) == (409, "CONFLICT")
    await poster.publish((await poster.create_task())["id"])
    await checkers.events_are_complete(stack)
    assert receiver.types() == ["webhook.test"]


async def test_a_test_delivery_with_one_idempotency_key_is_sent_once(listeners: Listeners) -> None:
    poster, receiver = await listeners.sign_up("Poster")
    (webhook,) = (await poster.get("/api/v1/webhooks"))["data"]
    path = f"/api/v1/webhooks/{webhook['id']}/test"
    first = await poster.post(path, key="try")
    assert await poster.post(path, key="try") == first
    assert receiver.types() == ["webhook.test"]
    others = await asyncio.gather(*(poster.post(path, key="at once") for _ in range(4)))
    assert all(other["delivered"] for other in others)
    assert await poster.post(path, key="at once") in others
