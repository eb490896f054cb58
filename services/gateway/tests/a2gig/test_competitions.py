"""Competitions in the A2Gig dialect, over a task service that answers what a test wants."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from joust_contracts.internal.common import AFTER_HEADER, ErrorCode, Page
from joust_contracts.internal.competitions import CompetitionEntryView, CompetitionView, DeletedCompetition
from joust_contracts.internal.drafts import ReleasedEntrantView
from joust_contracts.vocabulary import CompetitionStatus, PrizeStatus, RejectionReason
from services.gateway.tests.fakes import FakeServices
from services.gateway.tests.samples import NOW, Party, new_id

COMPETITIONS = "/api/competitions"
FIELDS = {
    *("id", "status", "title", "overview", "prize", "prize_funded", "prize_status", "deadlines", "tags"),
    *(
        "creator_id",
        "entrants",
        "entered",
        "created_at",
        "published_at",
        "ended_at",
        "winner",
        "next_actions",
    ),
}
BODY: dict[str, Any] = {
    "title": "A logo",
    "overview": "An SVG.",
    "prize": {"amount": 50_000, "currency": "usd"},
    "deadlines": {"submission": "2026-12-06T12:00:00Z", "winner_selection": "2026-12-13T12:00:00Z"},
    "tags": ["Design"],
}


def a_view(party: Party, **changes: Any) -> CompetitionView:
    """A competition of ``party`` as the task service answers it."""
    fields: dict[str, Any] = {
        "id": new_id(),
        "version": 1,
        "owner_id": party.account_id,
        "status": CompetitionStatus.DRAFT,
        "title": "A logo",
        "overview": "An SVG.",
        "prize_cents": 50_000,
        "currency": "usd",
        "prize_status": PrizeStatus.UNASKED,
        "submission_deadline": NOW + timedelta(days=3),
        "winner_deadline": NOW + timedelta(days=10),
        "tags": ("design",),
        "created_at": NOW,
        "entrants": 0,
    }
    return CompetitionView(**{**fields, **changes})


def actions_of(answer: Any) -> list[str]:
    return [each["action"] for each in answer.json()["next_actions"]]


async def test_a_draft_is_sent_on_flat_and_shown_as_the_dialect_does(
    poster: Party, services: FakeServices
) -> None:
    view = a_view(poster)
    services.answer("task POST /internal/competitions", view, 201)
    answer = await poster.ask("POST", COMPETITIONS, json=BODY, headers={"Idempotency-Key": "k"})
    assert answer.status_code == 201, answer.text
    assert set(answer.json()) == FIELDS
    assert answer.json()["prize"] == BODY["prize"]
    assert set(answer.json()["deadlines"]) == {"submission", "winner_selection"}
    assert actions_of(answer) == ["update_competition", "publish_competition", "delete_competition"]
    (asked,) = services.asked
    assert asked.headers["Idempotency-Key"] == "k"
    assert asked.body == {
        "title": "A logo",
        "overview": "An SVG.",
        "prize_cents": 50_000,
        "currency": "usd",
        "submission_deadline": "2026-12-06T12:00:00.000Z",
        "winner_deadline": "2026-12-13T12:00:00.000Z",
        "tags": ["design"],
    }


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"prize": {"amount": 0, "currency": "usd"}}, "prize.amount"),
        ({"prize": {"amount": -1, "currency": "usd"}}, "prize.amount"),
        ({"prize": {"amount": 1, "currency": "moons"}}, "prize.currency"),
        ({"deadlines": {"submission": "soon", "winner_selection": "later"}}, "deadlines.submission"),
        ({"deadlines": {"submission": "2026-12-06T12:00:00Z"}}, "deadlines.winner_selection"),
        ({"winner": "me"}, "winner"),
    ],
)
async def test_a_field_that_is_not_valid_is_named_as_it_was_sent(
    poster: Party, services: FakeServices, changes: dict[str, Any], field: str
) -> None:
    answer = await poster.ask("POST", COMPETITIONS, json={**BODY, **changes})
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "VALIDATION_ERROR")
    assert field in answer.json()["error"]["details"]
    assert services.asked == []


async def test_what_the_service_finds_wrong_is_named_as_it_was_sent(
    poster: Party, services: FakeServices
) -> None:
    place = "task POST /internal/competitions"
    services.refuse(place, 422, ErrorCode.VALIDATION_ERROR, winner_deadline="must be later")
    answer = await poster.ask("POST", COMPETITIONS, json=BODY)
    assert answer.json()["error"]["details"] == {"deadlines.winner_selection": "must be later"}


async def test_only_what_came_is_changed(poster: Party, services: FakeServices) -> None:
    view = a_view(poster)
    services.answer(f"task PATCH /internal/competitions/{view.id}", view)
    for body, asked in (
        ({}, {}),
        ({"tags": ["A"]}, {"tags": ["a"]}),
        ({"prize": {"amount": 7, "currency": "eur"}}, {"prize_cents": 7, "currency": "eur"}),
        (
            {"deadlines": {"winner_selection": "2026-12-13T12:00:00Z"}},
            {"winner_deadline": "2026-12-13T12:00:00.000Z"},
        ),
    ):
        answer = await poster.ask("PATCH", f"{COMPETITIONS}/{view.id}", json=body)
        assert answer.status_code == 200, answer.text
        assert services.asked[-1].body == asked


async def test_a_draft_is_deleted_and_ones_own_are_listed(poster: Party, services: FakeServices) -> None:
    view = a_view(poster)
    services.answer("task GET /internal/competitions/own", Page[CompetitionView](data=(view,)))
    services.answer(f"task DELETE /internal/competitions/{view.id}", DeletedCompetition(id=view.id))
    own = await poster.ask("GET", "/api/me/competitions?limit=5")
    assert [each["id"] for each in own.json()["competitions"]] == [str(view.id)]
    deleted = await poster.ask("DELETE", f"{COMPETITIONS}/{view.id}")
    assert deleted.json() == {"id": str(view.id), "status": "deleted"}


async def test_competitions_are_listed_without_a_key(
    gateway: Any, poster: Party, services: FakeServices
) -> None:
    view = a_view(poster, status=CompetitionStatus.OPEN, prize_status=PrizeStatus.HELD)
    services.answer("task GET /internal/competitions", Page[CompetitionView](data=(view,), next_cursor="abc"))
    answer = await gateway.http.get(f"{COMPETITIONS}?tag=design&funded=true&limit=1")
    assert answer.status_code == 200, answer.text
    (shown,) = answer.json()["competitions"]
    assert (shown["prize_funded"], shown["next_actions"], answer.json()["next_cursor"]) == (True, [], "abc")
    assert {**services.asked[0].query, "funded": "true"} == {"tag": "design", "funded": "true", "limit": "1"}


async def test_a_competition_is_read_as_whoever_asks(
    gateway: Any, poster: Party, agent: Party, services: FakeServices
) -> None:
    view = a_view(poster, status=CompetitionStatus.OPEN, prize_status=PrizeStatus.REJECTED)
    services.answer(f"task GET /internal/competitions/{view.id}", view)
    path = f"{COMPETITIONS}/{view.id}"
    assert actions_of(await gateway.http.get(path)) == []
    assert actions_of(await poster.ask("GET", path)) == ["fund_competition"]
    assert actions_of(await agent.ask("GET", path)) == ["join_competition"]
    assert actions_of(await (await agent.key_with("wallet:read")).ask("GET", path)) == []
    wrong = await gateway.http.get(path, headers={"Authorization": "Bearer straw_sk_wrong"})
    assert wrong.status_code == 401


@pytest.mark.parametrize(
    ("status", "prize", "reason", "expected"),
    [
        (CompetitionStatus.OPEN, PrizeStatus.HELD, None, (200, "open")),
        *(
            (CompetitionStatus.DRAFT, PrizeStatus.REJECTED, why, (402, "PAYMENT_REQUIRED"))
            for why in RejectionReason
        ),
        (CompetitionStatus.FUNDING, PrizeStatus.REQUESTED, None, (202, "funding")),
    ],
)
async def test_who_insists_on_the_prize_is_told_what_came_of_it(
    poster: Party,
    services: FakeServices,
    monkeypatch: pytest.MonkeyPatch,
    status: CompetitionStatus,
    prize: PrizeStatus,
    reason: RejectionReason | None,
    expected: tuple[int, str],
) -> None:
    monkeypatch.setattr("joust_gateway.dialects.a2gig.funding.PATIENCE_SECONDS", 0.3)
    asked = a_view(poster, status=CompetitionStatus.FUNDING, prize_status=PrizeStatus.REQUESTED)
    later = {"status": status, "prize_status": prize, "available_cents": 7, "rejection_reason": reason}
    services.answer(f"task POST /internal/competitions/{asked.id}/publish", asked)
    services.answer(f"task GET /internal/competitions/{asked.id}", asked.model_copy(update=later))
    body = {"terms_accepted": True, "require_funded": True}
    answer = await poster.ask("POST", f"{COMPETITIONS}/{asked.id}/publish", json=body)
    told = answer.json()
    assert (answer.status_code, told.get("status") or told["error"]["code"]) == expected
    if answer.status_code == 402:
        assert told["error"]["details"] == {"required": 50_000, "available": 7, "reason": reason}
        assert ("Deposit" in told["error"]["message"]) == (reason == RejectionReason.INSUFFICIENT_BALANCE)


async def test_who_does_not_insist_does_not_wait(poster: Party, services: FakeServices) -> None:
    view = a_view(poster, status=CompetitionStatus.OPEN, prize_status=PrizeStatus.REQUESTED)
    services.answer(f"task POST /internal/competitions/{view.id}/publish", view)
    answer = await poster.ask("POST", f"{COMPETITIONS}/{view.id}/publish", json={"terms_accepted": True})
    assert (answer.status_code, answer.json()["prize_funded"]) == (200, False)
    assert len(services.asked) == 1


def an_entry(agent: Party, id: UUID, **changes: Any) -> CompetitionEntryView:
    """That ``agent`` takes part in a competition."""
    fields: dict[str, Any] = {
        "id": new_id(),
        "version": 1,
        "competition_id": id,
        "account_id": agent.account_id,
        "agent_id": agent.agent_id,
        "terms_version": "2026-11",
        "joined_at": NOW,
    }
    return CompetitionEntryView(**{**fields, **changes})


async def test_joining_is_answered_with_the_entry(agent: Party, services: FakeServices) -> None:
    id = new_id()
    services.answer(f"task POST /internal/competitions/{id}/join", an_entry(agent, id))
    joined = await agent.ask("POST", f"{COMPETITIONS}/{id}/join", json={"terms_accepted": True})
    assert (joined.status_code, joined.json()["status"]) == (200, "joined"), joined.text
    assert actions_of(joined) == ["create_submission_draft", "leave_competition"]


async def test_who_leaves_is_let_go_where_work_is_handed_in_and_then_leaves_by_that_entry(
    poster: Party, agent: Party, services: FakeServices
) -> None:
    view = a_view(poster, status=CompetitionStatus.OPEN, published_at=NOW)
    entry = an_entry(agent, view.id, version=3)
    view = view.model_copy(update={"entered": True, "entry_id": entry.id, "entry_version": entry.version})
    release = ReleasedEntrantView(
        id=new_id(),
        version=2,
        competition_id=view.id,
        account_id=agent.account_id,
        entry_id=entry.id,
        entry_version=3,
        released_at=NOW,
    )
    left = entry.model_copy(update={"ended_at": datetime.now(UTC), "version": 4})
    path = f"/internal/competitions/{view.id}"
    services.answer(f"task GET {path}", view)
    services.answer(f"submission POST {path}/release", release)
    services.answer(f"task POST {path}/leave", left)
    gone = await agent.ask("POST", f"{COMPETITIONS}/{view.id}/leave")
    assert (gone.json()["status"], actions_of(gone)) == ("left", ["join_competition"]), gone.text
    _, let_go, leaving = services.asked
    assert let_go.headers.getall(AFTER_HEADER) == [f"{view.id}:{view.version}", f"{entry.id}:3"]
    assert leaving.body == {"entry_version": 3}


async def test_who_is_not_let_go_does_not_leave(poster: Party, agent: Party, services: FakeServices) -> None:
    view = a_view(poster, status=CompetitionStatus.OPEN, published_at=NOW)
    path = f"/internal/competitions/{view.id}"
    services.answer(f"task GET {path}", view)
    services.refuse(f"submission POST {path}/release", 409, ErrorCode.CONFLICT)
    refused = await agent.ask("POST", f"{COMPETITIONS}/{view.id}/leave")
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "CONFLICT")
    assert [each.path for each in services.asked_of("task", "POST")] == []
