"""What each webhook says, and to whom."""

import json
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from joust_contracts.events import CompetitionEntryCreated
from joust_kit.database.unit_of_work import MAX_EVENT_BYTES

TASK_EVENTS = {"published": "open", "deadline": "evaluating", "closed": "closed"}
SUBMISSION_EVENTS = {
    "received": ("submission.created", "running", False, None, None),
    "completed": ("submission.completed", "completed", True, 87.5, None),
    "failed": ("submission.failed", "failed", False, None, "The archive is broken."),
}

DROP_EVENTS: dict[str, dict[str, Any]] = {
    "drop.opened": {"status": "open", "claims_count": 0, "submissions_count": 0},
    "drop.closed": {"status": "ranking"},
    "drop.verified": {"status": "verified"},
    "drop.cancelled": {"status": "cancelled"},
    "drop.failed": {"status": "failed", "failure_reason": "No judge could speak."},
}


async def said(scene: Any, name: str) -> dict[str, Any]:
    """The one payload that the owner gets for an event."""
    await scene.register(scene.owner, "http://localhost:9/")
    await scene.service.deliver(scene.events()[name])
    (delivery,) = await scene.deliveries(scene.owner)
    payload = json.loads(delivery.payload)
    assert set(payload) == {"type", "timestamp", "data"}
    assert payload["type"] == delivery.event_type
    assert payload["timestamp"].endswith("Z")
    return dict(payload)


@pytest.mark.parametrize(("name", "status"), TASK_EVENTS.items())
async def test_a_task_tells_its_new_status(scene: Any, name: str, status: str) -> None:
    payload = await said(scene, name)
    assert payload["type"] == "task.status_changed"
    assert payload["data"] == {
        "task_id": str(scene.task_id),
        "title": "Summarise the log",
        "status": status,
    }


@pytest.mark.parametrize(("name", "expected"), SUBMISSION_EVENTS.items())
async def test_a_submission_tells_its_state(scene: Any, name: str, expected: tuple[Any, ...]) -> None:
    kind, status, evaluated, score, error = expected
    payload = await said(scene, name)
    assert payload["type"] == kind
    assert payload["data"] == {
        "submission_id": str(scene.submission_id),
        "task_id": str(scene.task_id),
        "agent_id": str(scene.competitor.agent_id),
        "agent_display_name": "Agent",
        "status": status,
        "evaluated": evaluated,
        "final_score": score,
        "error_message": error,
    }


async def test_an_evaluation_tells_the_scores(scene: Any) -> None:
    payload = await said(scene, "evaluated")
    assert payload["type"] == "evaluation.completed"
    dimension = {
        "criterion_name": "Clarity",
        "score": 87.5,
        "weight": 100.0,
        "reasoning": "Clear.",
        "evidence": [],
        "spread": None,
    }
    assert payload["data"] == {
        "evaluation_id": str(scene.evaluation_id),
        "submission_id": str(scene.submission_id),
        "task_id": str(scene.task_id),
        "final_score": 87.5,
        "eval_mode": "llm",
        "dimensions": [dimension],
    }


async def test_a_deal_tells_its_terms(scene: Any) -> None:
    payload = await said(scene, "deal")
    assert payload["type"] == "deal.created"
    assert payload["data"] == {
        "deal_id": str(scene.deal_id),
        "task_id": str(scene.task_id),
        "company_id": str(scene.owner.account_id),
        "agent_id": str(scene.competitor.agent_id),
        "deal_type": "output_purchase",
        "deal_value_cents": 20_000,
        "platform_fee_cents": 2_000,
        "status": "pending",
    }


@pytest.mark.parametrize(("kind", "expected"), DROP_EVENTS.items())
async def test_a_drop_tells_its_state(scene: Any, kind: str, expected: dict[str, Any]) -> None:
    payload = await said(scene, kind)
    assert payload["type"] == kind
    won = {
        "grade": "A",
        "winner_user_id": str(scene.competitor.account_id),
        "winning_submission_id": str(scene.submission_id),
    }
    assert payload["data"] == {
        "job_id": str(scene.drop_id),
        "title": "Three taglines",
        "pack": "roast",
        "price_cents": 100,
        "claims_count": 1,
        "submissions_count": 1,
        "closes_at": "2026-11-22T19:33:32.000Z",
        "failure_reason": None,
        **(won if kind == "drop.verified" else dict.fromkeys(won)),
        **expected,
    }


COMPETITION_EVENTS = {
    "competition.published": "open",
    "competition.updated": "open",
    "competition.submissions_closed": "reviewing",
    "competition.selection_reminded": "reviewing",
    "competition.awarded": "awarded",
    "competition.expired": "expired",
}


@pytest.mark.parametrize(("kind", "status"), COMPETITION_EVENTS.items())
async def test_a_competition_tells_its_state(scene: Any, kind: str, status: str) -> None:
    payload = await said(scene, kind)
    assert payload["type"] == kind
    won = {
        "winner_id": str(scene.competitor.account_id),
        "winning_submission_id": str(scene.submission_id),
    }
    assert payload["data"] == {
        "competition_id": str(scene.competition_id),
        "title": "A logo",
        "status": status,
        "prize_amount": 50_000,
        "prize_currency": "usd",
        "prize_status": "held",
        "submission_deadline": "2026-11-25T19:28:32.000Z",
        "winner_selection_deadline": "2026-12-02T19:28:32.000Z",
        **(won if status == "awarded" else dict.fromkeys(won)),
    }


@pytest.mark.parametrize(
    ("kind", "left_at"),
    [("competition_entry.created", None), ("competition_entry.ended", "2026-11-22T19:28:32.000Z")],
)
async def test_an_entry_tells_who_takes_part(scene: Any, kind: str, left_at: str | None) -> None:
    payload = await said(scene, kind)
    assert payload["type"] == kind
    assert payload["data"] == {
        "entry_id": str(scene.deal_id),
        "competition_id": str(scene.competition_id),
        "entrant_id": str(scene.competitor.account_id),
        "agent_id": str(scene.competitor.agent_id),
        "joined_at": "2026-11-22T19:28:32.000Z",
        "left_at": left_at,
    }


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("competition_submission.received", "submitted"),
        ("competition_submission.retracted", "withdrawn"),
        ("competition_submission.reviewed", "submitted"),
    ],
)
async def test_work_for_a_competition_tells_its_state(scene: Any, kind: str, status: str) -> None:
    payload = await said(scene, kind)
    assert payload["type"] == kind
    assert payload["data"] == {
        "submission_id": str(scene.submission_id),
        "competition_id": str(scene.competition_id),
        "entrant_id": str(scene.competitor.account_id),
        "agent_id": str(scene.competitor.agent_id),
        "agent_display_name": "Agent",
        "title": "Two colours",
        "status": status,
        "assets_count": 1,
        "total_bytes": 7,
        "submitted_at": "2026-11-22T19:28:32.000Z",
    }


async def test_those_who_take_part_are_told_what_its_creator_was_told_and_nobody_else(scene: Any) -> None:
    for actor in (scene.owner, scene.competitor, scene.stranger):
        await scene.register(actor, "http://localhost:9/")
    await scene.service.deliver(scene.competition_events()["competition.awarded"])
    assert await scene.deliveries(scene.competitor, scene.stranger) == []
    await scene.service.deliver(scene.announced("competition.awarded", scene.competitor))
    (to_owner,), (to_entrant,) = (
        await scene.deliveries(scene.owner),
        await scene.deliveries(scene.competitor),
    )
    said_to = [json.loads(each.payload) for each in (to_owner, to_entrant)]
    assert said_to[0]["type"] == said_to[1]["type"] == "competition.awarded"
    assert said_to[0]["data"] == said_to[1]["data"]
    assert await scene.deliveries(scene.stranger) == []


async def test_an_entry_that_was_told_before_it_named_the_creator_is_told_to_its_entrant(scene: Any) -> None:
    await scene.register(scene.competitor, "http://localhost:9/")
    await scene.service.deliver(CompetitionEntryCreated(entry=scene.entry(competition_owner_id=None)))
    assert len(await scene.deliveries(scene.competitor)) == 1


async def test_a_drop_is_opened_for_its_sender_alone(scene: Any) -> None:
    for actor in (scene.owner, scene.competitor, scene.stranger):
        await scene.register(actor, "http://localhost:9/")
    await scene.service.deliver(scene.events()["drop.opened"])
    assert len(await scene.deliveries(scene.owner)) == 1
    assert await scene.deliveries(scene.competitor, scene.stranger) == []


@pytest.mark.parametrize("name", TASK_EVENTS)
async def test_a_task_speaks_to_its_owner_alone(scene: Any, name: str) -> None:
    for actor in (scene.owner, scene.competitor, scene.stranger):
        await scene.register(actor, "http://localhost:9/")
    await scene.service.deliver(scene.events()[name])
    assert len(await scene.deliveries(scene.owner)) == 1
    assert await scene.deliveries(scene.competitor, scene.stranger) == []


SHARED = [*SUBMISSION_EVENTS, "evaluated", "deal", "drop.closed", "drop.verified"]
SHARED += ["competition_entry.created", "competition_entry.ended", "competition_submission.received"]
SHARED += ["competition_submission.retracted", "competition_submission.reviewed"]


@pytest.mark.parametrize("name", SHARED)
async def test_what_two_accounts_share_is_told_to_both_and_to_no_rival(scene: Any, name: str) -> None:
    for actor in (scene.owner, scene.competitor, scene.stranger):
        await scene.register(actor, "http://localhost:9/")
    await scene.service.deliver(scene.events()[name])
    (to_owner,), (to_competitor,) = (
        await scene.deliveries(scene.owner),
        await scene.deliveries(scene.competitor),
    )
    assert to_owner.payload == to_competitor.payload
    assert to_owner.id != to_competitor.id
    assert await scene.deliveries(scene.stranger) == []


async def test_who_submits_to_the_own_task_hears_once(scene: Any, receiver: HTTPServer) -> None:
    scene.competitor = scene.owner
    await scene.register(scene.owner, receiver.url_for("/hook"))
    await scene.service.deliver(scene.events()["received"])
    assert len(await scene.deliveries()) == 1


async def test_a_match_tells_what_helps_to_decide_to_the_agents_that_it_names(scene: Any) -> None:
    for actor in (scene.owner, scene.competitor, scene.stranger):
        await scene.register(actor, "http://localhost:9/")
    await scene.service.deliver(scene.matched(scene.competitor, scene.stranger))
    deliveries = await scene.deliveries(scene.owner, scene.competitor, scene.stranger)
    told = {delivery.account_id for delivery in deliveries}
    assert told == {scene.competitor.account_id, scene.stranger.account_id}
    payload = json.loads(deliveries[0].payload)
    assert payload["type"] == "task.matched"
    assert payload["data"] == {
        "task_id": str(scene.task_id),
        "title": "Summarise the log",
        "category": "code",
        "budget_cents": 50_000,
        "eval_mode": "llm",
        "deadline": "2026-11-24T19:28:32.000Z",
    }


async def test_an_endpoint_hears_of_a_task_once_even_if_another_event_names_its_account_again(
    scene: Any,
) -> None:
    await scene.register(scene.competitor, "http://localhost:9/")
    for batch in (1, 2):
        await scene.service.deliver(scene.matched(scene.competitor, batch=batch))
    assert len(await scene.deliveries(scene.competitor)) == 1


async def test_what_the_largest_event_says_arrives_whole_and_stands_in_the_log(
    scene: Any, receiver: HTTPServer
) -> None:
    receiver.expect_request("/hook").respond_with_data("ok")
    await scene.register(scene.owner, receiver.url_for("/hook"))
    said = scene.evaluation()
    (only,) = said.judgement.dimensions
    room = MAX_EVENT_BYTES - len(said.model_dump_json()) + len(only.reasoning)
    long = only.model_copy(update={"reasoning": "a" * room})
    largest = said.model_copy(update={"judgement": said.judgement.model_copy(update={"dimensions": (long,)})})
    assert len(largest.model_dump_json()) == MAX_EVENT_BYTES
    await scene.service.deliver(largest)
    await scene.attempt()
    ((request, _),) = receiver.log
    body = request.get_data()
    assert MAX_EVENT_BYTES - 2000 < len(body) <= MAX_EVENT_BYTES
    assert json.loads(body)["data"]["dimensions"][0]["reasoning"] == long.reasoning
    answer = await scene.service.http.get("/internal/events", headers=scene.service.as_actor(scene.owner))
    (logged,) = answer.json()["data"]
    assert logged["data"] == json.loads(body)["data"]
