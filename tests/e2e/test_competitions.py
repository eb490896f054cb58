"""Competitions on the running stack: their prize and their deadlines."""

import asyncio
from typing import Any

import pytest

from joust_embedded.bounty.client import Json, Party, Refused
from tests.authorisation.calls import a_competition
from tests.support.arena import Arena, eventually
from tests.support.contests import Deadline, deadlines_pass

PATH = "/api/competitions"
TERMS = {"terms_accepted": True}
PRIZE = {"amount": 40_000, "currency": "usd"}


async def seen_as(party: Party, id: str, **expected: Any) -> Json:
    """The competition, once it is as expected."""
    seen: Json = {}

    async def is_so() -> bool:
        seen.update(await party.get(f"{PATH}/{id}"))
        return all(seen[name] == value for name, value in expected.items())

    await eventually(is_so)
    return seen


async def balance_of(party: Party) -> tuple[int, int]:
    balance = await party.balance()
    return balance["available_cents"], balance["held_cents"]


async def test_without_a_winner_in_time_the_prize_goes_back_to_its_creator(arena: Arena) -> None:
    creator, entrant = await arena.sign_up("Creator", cents=50_000), await arena.sign_up("Entrant")
    draft = await creator.post(PATH, a_competition(prize=PRIZE))
    insisted = await creator.post(f"{PATH}/{draft['id']}/publish", {**TERMS, "require_funded": True})
    assert (insisted["status"], insisted["prize_funded"]) == ("open", True)
    assert await balance_of(creator) == (10_000, 40_000)
    await entrant.post(f"{PATH}/{draft['id']}/join", TERMS)
    await deadlines_pass(arena.stack, draft["id"], Deadline.SUBMISSION, Deadline.WINNER)
    over = await seen_as(entrant, draft["id"], status="expired", prize_status="refunded")
    assert (over["prize_funded"], over["entrants"], over["entered"]) == (False, 1, True)
    assert await balance_of(creator) == (50_000, 0)
    with pytest.raises(Refused, match="DEADLINE_PASSED"):
        await entrant.post(f"{PATH}/{draft['id']}/leave")


async def test_a_prize_that_is_not_covered_is_refused_to_who_insists_and_can_be_set_aside_later(
    arena: Arena,
) -> None:
    creator = await arena.sign_up("Creator", cents=10_000)
    draft = await creator.post(PATH, a_competition(prize=PRIZE))
    path = f"{PATH}/{draft['id']}"
    answer = await creator.http.post(f"{path}/publish", json={**TERMS, "require_funded": True})
    assert (answer.status_code, answer.json()["error"]["code"]) == (402, "PAYMENT_REQUIRED")
    assert answer.json()["error"]["details"] == {"required": 40_000, "available": 10_000}
    assert (await creator.get(path))["status"] == "draft"
    await creator.post(f"{path}/publish", TERMS)
    await seen_as(creator, draft["id"], status="open", prize_status="rejected")
    await creator.deposit(30_000)
    await creator.post(f"{path}/fund")
    await seen_as(creator, draft["id"], prize_funded=True)
    assert await balance_of(creator) == (0, 40_000)


async def test_one_balance_funds_one_of_two_competitions_that_insist_on_it(arena: Arena) -> None:
    creator = await arena.sign_up("Creator", cents=40_000)
    drafts = [await creator.post(PATH, a_competition(prize=PRIZE)) for _ in range(2)]
    body = {**TERMS, "require_funded": True}
    answers = await asyncio.gather(
        *(creator.http.post(f"{PATH}/{draft['id']}/publish", json=body) for draft in drafts)
    )
    assert sorted(answer.status_code for answer in answers) == [200, 402]
    listed = (await creator.get("/api/me/competitions"))["competitions"]
    assert sorted(each["status"] for each in listed) == ["draft", "open"]
