"""A drop from its confirmation to its end, with the wallet, the submissions and the judge as scripted facts."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from joust_contracts.events import DropClosed, DropVerified, FundsHeld
from joust_contracts.events.drops import DropEvent
from joust_contracts.spending import Spender
from joust_contracts.vocabulary import EscrowStatus, FundingWish, RefundReason
from joust_kit.testing.component import an_actor
from services.task.tests.drops.dropping import Drops, actors, new_id


async def told_of(drops: Drops, drop_id: str) -> list[DropEvent]:
    events = [event.data for event in await drops.service.all_emitted()]
    return [data for data in events if isinstance(data, DropEvent) and str(data.drop.id) == drop_id]


async def last_wish(drops: Drops, drop_id: str) -> tuple[FundingWish, RefundReason | None]:
    funding = (await drops.wishes(drop_id))[-1].funding
    return funding.wanted, funding.refund_reason


async def test_a_drop_opens_when_its_bounty_is_held_and_its_clock_begins_then(drops: Drops) -> None:
    sender = an_actor()
    drop = await drops.create(sender, pack="roast", time_limit_seconds=120)
    assert (drop["status"], drop["price_cents"]) == ("pending_payment", 100)
    assert [wish.funding.amount_cents for wish in await drops.wishes(drop["id"])] == [100]
    held = FundsHeld(escrow=drops.escrow(drop, sender, EscrowStatus.HELD))
    await drops.service.deliver(held)
    await drops.service.deliver(held)
    opened = await drops.read(an_actor(), drop["id"])
    assert (opened["status"], opened["version"]) == ("open", 2)
    stored = (await told_of(drops, drop["id"]))[-1].drop
    assert stored.closes_at is not None
    assert stored.opened_at is not None
    assert stored.closes_at - stored.opened_at == timedelta(seconds=120)


async def test_what_is_missing_is_noted_and_paying_asks_again_once(drops: Drops) -> None:
    sender = an_actor()
    drop = await drops.create(sender)
    await drops.reject(drop, sender)
    assert (await drops.read(sender, drop["id"]))["available_cents"] == 7
    for _ in range(2):
        assert (await drops.ask(sender, "POST", f"/{drop['id']}/pay")).status_code == 200
    assert len(await drops.wishes(drop["id"])) == 2
    await drops.reject(drop, sender, version=2, funding_version=1)  # of the first wish, and late
    assert (await drops.read(sender, drop["id"]))["available_cents"] is None
    held = drops.escrow(drop, sender, EscrowStatus.HELD, version=3, funding_version=2)
    await drops.service.deliver(FundsHeld(escrow=held))
    assert (await drops.read(sender, drop["id"]))["status"] == "open"
    refused = await drops.ask(sender, "POST", f"/{drop['id']}/pay")
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "INVALID_TRANSITION")


async def test_the_wallet_is_told_by_which_capped_key_a_bounty_is_asked_for(drops: Drops) -> None:
    spender = Spender(key_id=new_id(), daily_cap_cents=500)
    sender = an_actor()
    drop = await drops.create(replace(sender, spender=spender))
    await drops.reject(drop, sender)
    assert (await drops.ask(sender, "POST", f"/{drop['id']}/pay")).status_code == 200
    assert [wish.funding.spender for wish in await drops.wishes(drop["id"])] == [spender, None]


async def test_enough_submissions_end_the_window_and_the_best_is_due_the_bounty(drops: Drops) -> None:
    sender, agents = an_actor(), actors(5)
    drop_id = await drops.open(sender, price_cents=250)
    for count, agent in enumerate(agents, start=1):
        assert (await drops.claim(agent, drop_id)).status_code == 201
        await drops.submitted(agent, drop_id, count)
    assert len(await drops.service.emitted(DropClosed, aggregate_id=UUID(drop_id))) == 1
    await drops.sealed(drop_id, *agents)
    await drops.ranked(drop_id, *agents)
    await drops.ranked(drop_id, *reversed(agents))
    verified = await drops.service.emitted(DropVerified, aggregate_id=UUID(drop_id))
    assert [event.drop.result and event.drop.result.account_id for event in verified] == [
        agents[0].account_id
    ]
    (_, payout) = await drops.wishes(drop_id)
    assert [(payee.account_id, payee.share_bps) for payee in payout.funding.payees] == [
        (agents[0].account_id, 10_000)
    ]
    assert payout.funding.amount_cents == 250


async def test_the_clock_ends_the_window_and_ranks_come_before_the_seal_as_well(drops: Drops) -> None:
    sender, (agent,) = an_actor(), actors(1)
    drop_id = await drops.open(sender)
    await drops.claim(agent, drop_id)
    await drops.submitted(agent, drop_id, 1)
    await drops.pass_time()
    assert (await drops.read(sender, drop_id))["status"] == "ranking"
    await drops.ranked(drop_id, agent)
    await drops.sealed(drop_id, agent)
    assert (await drops.read(sender, drop_id))["status"] == "verified"


@pytest.mark.parametrize("has_work", [False, True])
async def test_a_drop_with_nobody_to_pay_fails_and_its_bounty_goes_back(drops: Drops, has_work: bool) -> None:
    sender, (agent,) = an_actor(), actors(1)
    drop_id = await drops.open(sender)
    await drops.pass_time()
    if has_work:
        await drops.sealed(drop_id, agent)
        await drops.not_ranked(drop_id)
    else:
        await drops.sealed(drop_id)
    drop = await drops.read(sender, drop_id)
    assert drop["status"] == "failed"
    assert drop["failure_reason"]
    reason = RefundReason.FAILED if has_work else RefundReason.NO_SUBMISSIONS
    assert await last_wish(drops, drop_id) == (FundingWish.REFUND, reason)


async def test_versions_rise_by_one_with_every_fact(drops: Drops) -> None:
    sender, agents = an_actor(), actors(2)
    drop_id = await drops.open(sender)
    for agent in agents:
        await drops.claim(agent, drop_id)
    await drops.pass_time()
    await drops.sealed(drop_id)
    versions = [event.drop.version for event in await told_of(drops, drop_id)]
    assert versions == list(range(1, len(versions) + 1))


async def test_what_is_for_those_who_work_on_it_is_in_no_event_and_for_no_stranger(drops: Drops) -> None:
    sender, (agent, stranger) = an_actor(), actors(2)
    drop_id = await drops.open(sender, env_vars={"TOKEN": "canary-of-a-drop"})
    await drops.claim(agent, drop_id)
    seen = [(await drops.ask(each, "GET", f"/{drop_id}")).json()["env_vars"] for each in (sender, agent)]
    assert seen == [{"TOKEN": "canary-of-a-drop"}] * 2
    assert "canary" not in (await drops.ask(stranger, "GET", f"/{drop_id}")).text
    assert "canary" not in (await drops.ask(stranger, "GET", "/board", params={"limit": 100})).text
    assert all("canary" not in event.data.model_dump_json() for event in await drops.service.all_emitted())


async def test_a_drop_that_is_not_open_is_seen_by_its_sender_and_its_claimers_alone(drops: Drops) -> None:
    sender, (agent, stranger) = an_actor(), actors(2)
    pending = await drops.create(sender)
    assert (await drops.ask(stranger, "GET", f"/{pending['id']}")).status_code == 404
    assert (await drops.claim(stranger, pending["id"])).status_code == 404
    assert (await drops.ask(stranger, "POST", f"/{pending['id']}/cancel")).status_code == 404
    drop_id = await drops.open(sender)
    await drops.claim(agent, drop_id)
    await drops.pass_time()
    assert (await drops.ask(agent, "GET", f"/{drop_id}")).status_code == 200
    assert (await drops.ask(stranger, "GET", f"/{drop_id}")).status_code == 404


async def test_the_board_shows_open_drops_alone_and_the_sender_lists_by_status(drops: Drops) -> None:
    sender = an_actor()
    drop_id, pending = await drops.open(sender), await drops.create(sender)
    board = (await drops.ask(an_actor(), "GET", "/board", params={"limit": 100})).json()["drops"]
    shown = {each["drop"]["id"] for each in board}
    assert drop_id in shown
    assert pending["id"] not in shown
    for status, wanted in (("open", [drop_id]), ("pending_payment", [pending["id"]]), ("failed", [])):
        mine = (await drops.ask(sender, "GET", "", params={"status": status})).json()["drops"]
        assert [each["drop"]["id"] for each in mine] == wanted


async def test_the_same_idempotency_key_makes_one_drop_and_asks_for_one_bounty(drops: Drops) -> None:
    sender = an_actor()
    headers = {"Idempotency-Key": "once"}
    made = [await drops.ask(sender, "POST", "", {"prompt": "x"}, headers=headers) for _ in range(2)]
    assert made[0].json() == made[1].json()
    assert len(await drops.wishes(made[0].json()["drop"]["id"])) == 1
