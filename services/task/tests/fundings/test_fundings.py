"""What posted work wants of its money: each wish is told once, whole, and in order."""

import asyncio
from collections.abc import Awaitable, Callable
from uuid import UUID

import pytest

from joust_contracts.events import (
    FundingSnapshotEvent,
    TaskFundingRequested,
    TaskPayoutRequested,
    TaskRefundRequested,
)
from joust_contracts.events.fundings import WHOLE_BPS, FundingEvent, FundingSnapshot, Payee
from joust_contracts.vocabulary import FundingWish, PostedKind, RefundReason
from joust_kit.database.unit_of_work import UnitOfWork
from joust_kit.ids import RandomIds
from joust_kit.testing.component import ServiceUnderTest
from joust_task.fundings.commands import request_funding, request_payout, request_refund
from joust_task.fundings.errors import FundingSettled, NoFunding
from joust_task.fundings.models import Funding
from joust_task.fundings.rules import Subject
from joust_task.snapshots import AGGREGATES

IDS = RandomIds()
WINNER = (Payee(rank=1, account_id=IDS.new(), share_bps=WHOLE_BPS),)
Wish = Callable[[UnitOfWork], Awaitable[Funding]]


def a_drop() -> Subject:
    return Subject(IDS.new(), PostedKind.DROP, IDS.new())


async def want(tasks: ServiceUnderTest, wish: Wish) -> FundingSnapshot:
    async with tasks.database.transaction() as unit:
        return (await wish(unit)).snapshot()


async def told(tasks: ServiceUnderTest, subject_id: UUID) -> list[FundingEvent]:
    events = [event.data for event in await tasks.all_emitted() if event.ordering_key == subject_id]
    return [each for each in events if isinstance(each, FundingEvent)]


async def test_a_request_is_told_whole_and_by_the_subject_in_order(tasks: ServiceUnderTest) -> None:
    drop = a_drop()
    wanted = await want(tasks, lambda unit: request_funding(unit, drop, 300))
    assert (wanted.version, wanted.wanted, wanted.currency) == (1, FundingWish.HOLD, "usd")
    assert (wanted.subject_id, wanted.kind, wanted.payer_id) == (drop.id, drop.kind, drop.payer_id)
    assert await told(tasks, drop.id) == [TaskFundingRequested(funding=wanted)]


async def test_it_may_be_asked_again_with_another_amount_and_is_newer_then(tasks: ServiceUnderTest) -> None:
    drop = a_drop()
    first = await want(tasks, lambda unit: request_funding(unit, drop, 300))
    second = await want(tasks, lambda unit: request_funding(unit, drop, 200))
    assert (second.id, second.version, second.amount_cents) == (first.id, 2, 200)
    assert [each.funding for each in await told(tasks, drop.id)] == [first, second]


async def test_20_requests_at_once_are_20_versions_of_one_funding(tasks: ServiceUnderTest) -> None:
    drop = a_drop()
    asked = await asyncio.gather(
        *(want(tasks, lambda unit: request_funding(unit, drop, 300)) for _ in range(20))
    )
    assert len({each.id for each in asked}) == 1
    assert [each.funding.version for each in await told(tasks, drop.id)] == list(range(1, 21))


async def test_a_payout_names_the_payees(tasks: ServiceUnderTest) -> None:
    drop = a_drop()
    await want(tasks, lambda unit: request_funding(unit, drop, 300))
    wanted = await want(tasks, lambda unit: request_payout(unit, drop.id, WINNER))
    assert (wanted.version, wanted.payees, wanted.amount_cents) == (2, WINNER, 300)
    assert (await told(tasks, drop.id))[-1] == TaskPayoutRequested(funding=wanted)


async def test_a_refund_has_its_reason(tasks: ServiceUnderTest) -> None:
    drop = a_drop()
    await want(tasks, lambda unit: request_funding(unit, drop, 300))
    reason = RefundReason.NO_SUBMISSIONS
    wanted = await want(tasks, lambda unit: request_refund(unit, drop.id, reason))
    assert (wanted.version, wanted.refund_reason, wanted.payees) == (2, reason, ())
    assert (await told(tasks, drop.id))[-1] == TaskRefundRequested(funding=wanted)


async def test_a_payout_and_a_refund_exclude_each_other_and_every_later_wish(tasks: ServiceUnderTest) -> None:
    drop, other = a_drop(), a_drop()
    for each in (drop, other):
        await want(tasks, lambda unit, each=each: request_funding(unit, each, 300))
    await want(tasks, lambda unit: request_payout(unit, drop.id, WINNER))
    await want(tasks, lambda unit: request_refund(unit, other.id, RefundReason.CANCELLED))
    for each in (drop, other):
        for wish in (
            lambda unit, each=each: request_funding(unit, each, 300),
            lambda unit, each=each: request_payout(unit, each.id, WINNER),
            lambda unit, each=each: request_refund(unit, each.id, RefundReason.CANCELLED),
        ):
            with pytest.raises(FundingSettled):
                await want(tasks, wish)
        assert len(await told(tasks, each.id)) == 2


async def test_of_what_never_asked_for_money_nothing_can_be_wanted(tasks: ServiceUnderTest) -> None:
    with pytest.raises(NoFunding):
        await want(tasks, lambda unit: request_refund(unit, IDS.new(), RefundReason.CANCELLED))
    with pytest.raises(NoFunding):
        await want(tasks, lambda unit: request_payout(unit, IDS.new(), WINNER))


async def test_what_the_topics_lost_is_told_as_it_was(tasks: ServiceUnderTest) -> None:
    drop = a_drop()
    wanted = await want(tasks, lambda unit: request_funding(unit, drop, 300))
    fundings = next(each for each in AGGREGATES if each.event is FundingSnapshotEvent)
    async with tasks.database.reading() as session:
        row = await session.get(Funding, wanted.id)
        assert await fundings.describe(session, [row]) == [FundingSnapshotEvent(funding=wanted)]
