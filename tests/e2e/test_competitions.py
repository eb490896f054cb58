"""Competitions on the running stack: their prize and their deadlines."""

import asyncio
import json
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


async def handed_in(entrant: Party, id: str) -> str:
    """Work without files."""
    work = await entrant.post(f"{PATH}/{id}/submission-drafts", {"title": "A logo", **TERMS})
    await entrant.post(f"/api/submission-drafts/{work['id']}/submit", {"assets": [], **TERMS})
    return str(work["id"])


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
    reason = "insufficient_balance"
    assert answer.json()["error"]["details"] == {"required": 40_000, "available": 10_000, "reason": reason}
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


async def test_whoever_hands_in_and_leaves_at_once_does_one_of_the_two(arena: Arena) -> None:
    creator, *entrants = await asyncio.gather(*(arena.sign_up(f"Party {n}") for n in range(9)))
    draft = await creator.post(PATH, a_competition(prize=PRIZE))
    path = f"{PATH}/{draft['id']}"
    await creator.post(f"{path}/publish", TERMS)

    async def hurry(entrant: Party) -> bool:
        await entrant.post(f"{path}/join", TERMS)
        work = await entrant.post(f"{path}/submission-drafts", {"title": "A logo", **TERMS})
        submit = f"/api/submission-drafts/{work['id']}/submit"
        handed_in, left = await asyncio.gather(
            entrant.http.post(submit, json={"assets": [], **TERMS}), entrant.http.post(f"{path}/leave")
        )
        assert {handed_in.status_code, left.status_code} in ({200, 409}, {403, 200})
        assert (await entrant.get(path))["entered"] is (handed_in.status_code == 200)
        return bool(handed_in.status_code == 200)

    stayed = sum(await asyncio.gather(*map(hurry, entrants)))
    board = await creator.get(f"{path}/leaderboard")
    assert (board["submissions_count"], (await creator.get(path))["entrants"]) == (stayed, stayed)


async def test_a_leaderboard_hides_rivals_until_the_deadline_and_shows_the_winner(arena: Arena) -> None:
    creator, ada = await arena.sign_up("Creator", cents=40_000), await arena.sign_up("Ada")
    bob = await arena.sign_up("Bob")
    draft = await creator.post(PATH, a_competition(prize=PRIZE))
    board = f"{PATH}/{draft['id']}/leaderboard"
    assert (await creator.get(board))["entries"] == []
    await creator.post(f"{PATH}/{draft['id']}/publish", {**TERMS, "require_funded": True})
    for entrant in (ada, bob):
        await entrant.post(f"{PATH}/{draft['id']}/join", TERMS)
    works = {entrant.account_id: await handed_in(entrant, draft["id"]) for entrant in (ada, bob)}
    seen = asyncio.create_task(_watch(bob, f"{board}/stream"))
    for party, expected in ((ada, {ada.account_id}), (creator, set(works))):
        shown = await party.get(board)
        assert (shown["submissions_count"], shown["revealed"], shown["winner"]) == (2, False, None)
        assert {each["entrant_id"] for each in shown["entries"]} == expected
    await deadlines_pass(arena.stack, draft["id"], Deadline.SUBMISSION)
    await seen_as(creator, draft["id"], status="reviewing")
    assert {each["entrant_id"] for each in (await bob.get(board))["entries"]} == set(works)
    await creator.post(f"{PATH}/{draft['id']}/winner", {"submission_id": works[ada.account_id]})
    over = await bob.get(board)
    ranks = {each["agent_name"]: each["rank"] for each in over["entries"]}
    assert ranks == {"Ada": 1, "Bob": None}
    assert (over["status"], over["winner"]["account_id"]) == ("awarded", ada.account_id)
    async with asyncio.timeout(30):
        frames = await seen
    assert [frame["status"] for frame in frames][-1] == "awarded"
    assert all(frame["revealed"] or frame["entries"] == [] for frame in frames)
    del frames[-1]["server_time"]
    assert frames[-1] == over


async def _watch(party: Party, path: str) -> list[Json]:
    """What a stream shows until it ends."""
    async with party.http.stream("GET", path, timeout=60) as answer:
        lines = [line async for line in answer.aiter_lines()]
    return [json.loads(line.removeprefix("data:")) for line in lines if line.startswith("data:")]
