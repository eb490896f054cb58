"""Claims on a drop, their expiry, and how a sender ends a drop."""

import asyncio
from datetime import timedelta

from joust_contracts.events import FundsHeld
from joust_contracts.vocabulary import EscrowStatus, FundingWish
from joust_kit.testing.component import an_actor
from services.task.tests.drops.dropping import Drops, actors

LATER = timedelta(seconds=30)


async def test_of_many_claims_at_once_as_many_win_as_there_are_places(drops: Drops) -> None:
    drop_id = await drops.open(an_actor())
    answers = await asyncio.gather(*(drops.claim(agent, drop_id) for agent in actors(20)))
    won = [answer.json()["id"] for answer in answers if answer.status_code == 201]
    assert len(set(won)) == 5
    assert {answer.json()["error"]["code"] for answer in answers if answer.status_code != 201} == {
        "DROP_FULL"
    }


async def test_a_claim_is_refreshed_and_takes_no_second_place(drops: Drops) -> None:
    sender, (agent,) = an_actor(), actors(1)
    drop_id = await drops.open(sender, time_limit_seconds=3600)
    first = (await drops.claim(agent, drop_id)).json()
    with drops.service.clock.ahead(LATER):
        second = (await drops.claim(agent, drop_id)).json()
    assert second["id"] == first["id"]
    assert second["expires_at"] > first["expires_at"]
    assert (await drops.ask(sender, "GET", f"/{drop_id}")).json()["claims_count"] == 1


async def test_a_claim_that_comes_again_with_its_key_is_one_and_for_one_agent(drops: Drops) -> None:
    agent, drop_id = an_actor(), await drops.open(an_actor())
    bodies = [{"agent_id": str(agent.agent_id)}] * 2 + [{"agent_id": str(an_actor().agent_id)}]
    key = {"Idempotency-Key": "once"}
    first, second, other = [await drops.claim(agent, drop_id, body, **key) for body in bodies]
    assert first.json() == second.json()
    assert second.headers["Idempotent-Replayed"] == "true"
    assert (other.status_code, other.json()["error"]["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")


async def test_a_claim_holds_no_longer_than_the_drop_is_open(drops: Drops) -> None:
    drop_id = await drops.open(an_actor(), time_limit_seconds=60)
    claim = (await drops.claim(an_actor(), drop_id)).json()
    assert claim["expires_at"] == (await drops.read(an_actor(), drop_id))["closes_at"]


async def test_an_expired_claim_frees_its_place_and_a_used_or_refreshed_one_does_not(drops: Drops) -> None:
    sender, agents = an_actor(), actors(5)
    drop_id = await drops.open(sender, time_limit_seconds=3600)
    for agent in agents:
        await drops.claim(agent, drop_id)
    await drops.submitted(agents[0], drop_id, 1)
    with drops.service.clock.ahead(timedelta(minutes=4)):
        await drops.claim(agents[1], drop_id)
    await drops.pass_time()
    assert (await drops.ask(sender, "GET", f"/{drop_id}")).json()["claims_count"] == 2
    assert (await drops.claim(an_actor(), drop_id)).status_code == 201
    assert (await drops.claim(agents[2], drop_id)).status_code == 201


async def test_own_drops_and_drops_past_their_clock_can_not_be_claimed(drops: Drops) -> None:
    sender, agent = an_actor(), an_actor()
    drop_id = await drops.open(sender)
    own = await drops.claim(sender, drop_id)
    assert (own.status_code, own.json()["error"]["code"]) == (403, "FORBIDDEN")
    with drops.service.clock.ahead(timedelta(minutes=6)):
        late = await drops.claim(agent, drop_id)
    assert (late.status_code, late.json()["error"]["code"]) == (409, "DROP_NOT_OPEN")


async def test_an_account_sees_its_claims_with_their_drops(drops: Drops) -> None:
    agent = an_actor()
    ids = [await drops.open(an_actor()) for _ in range(2)]
    for drop_id in ids:
        await drops.claim(agent, drop_id)
    claims = (await drops.ask(agent, "GET", "/claims")).json()["claims"]
    assert [each["claim"]["drop_id"] for each in claims] == ids[::-1]
    assert [each["drop"]["drop"]["id"] for each in claims] == ids[::-1]


async def test_a_drop_that_nobody_claimed_is_cancelled_at_once_and_its_bounty_goes_back(drops: Drops) -> None:
    sender = an_actor()
    drop_id = await drops.open(sender)
    cancelled = await drops.ask(sender, "POST", f"/{drop_id}/cancel")
    assert cancelled.json()["drop"]["status"] == "cancelled"
    again = await drops.ask(sender, "POST", f"/{drop_id}/cancel")
    assert (again.status_code, again.json()["error"]["code"]) == (400, "INVALID_TRANSITION")
    assert [wish.funding.wanted for wish in await drops.wishes(drop_id)] == [
        FundingWish.HOLD,
        FundingWish.REFUND,
    ]


async def test_a_cancelled_drop_is_not_opened_by_funds_that_come_late(drops: Drops) -> None:
    sender = an_actor()
    drop = await drops.create(sender)
    await drops.ask(sender, "POST", f"/{drop['id']}/cancel")
    await drops.service.deliver(FundsHeld(escrow=drops.escrow(drop, sender, EscrowStatus.HELD)))
    assert (await drops.read(sender, drop["id"]))["status"] == "cancelled"


async def test_a_cancel_waits_for_claims_in_flight_and_takes_no_new_ones(drops: Drops) -> None:
    sender, (agent, late) = an_actor(), actors(2)
    drop_id = await drops.open(sender, time_limit_seconds=3600)
    await drops.claim(agent, drop_id)
    for _ in range(2):
        scheduled = await drops.ask(sender, "POST", f"/{drop_id}/cancel")
        assert (scheduled.status_code, scheduled.json()["drop"]["status"]) == (200, "open")
    assert scheduled.json()["drop"]["cancel_requested_at"]
    refused = await drops.claim(late, drop_id)
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "DROP_NOT_OPEN")
    await drops.pass_time()
    assert (await drops.read(sender, drop_id))["status"] == "ranking"
    await drops.sealed(drop_id)
    assert (await drops.read(sender, drop_id))["status"] == "cancelled"


async def test_work_that_came_before_a_cancel_took_effect_is_ranked_and_paid(drops: Drops) -> None:
    sender, (agent,) = an_actor(), actors(1)
    drop_id = await drops.open(sender, time_limit_seconds=3600)
    await drops.claim(agent, drop_id)
    await drops.ask(sender, "POST", f"/{drop_id}/cancel")
    await drops.submitted(agent, drop_id, 1)
    await drops.sealed(drop_id, agent)
    await drops.ranked(drop_id, agent)
    assert (await drops.read(sender, drop_id))["status"] == "verified"
    assert (await drops.wishes(drop_id))[-1].funding.wanted is FundingWish.PAYOUT


async def test_only_the_sender_cancels_or_pays(drops: Drops) -> None:
    drop_id = await drops.open(an_actor())
    for step in ("cancel", "pay"):
        assert (await drops.ask(an_actor(), "POST", f"/{drop_id}/{step}")).status_code == 403


async def test_enforcing_deadlines_does_what_the_timers_would(drops: Drops) -> None:
    sender = an_actor()
    stale, over = await drops.open(sender, time_limit_seconds=3600), await drops.open(sender)
    await drops.claim(an_actor(), stale)
    with drops.service.clock.ahead(timedelta(minutes=6)):
        done = (await drops.ask(an_actor(), "POST", "/enforce")).json()
    assert done["drops_closed"] >= 1
    assert done["claims_expired"] >= 1
    assert (await drops.read(sender, over))["status"] == "ranking"
    assert (await drops.ask(sender, "GET", f"/{stale}")).json()["claims_count"] == 0
