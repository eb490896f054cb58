"""Money of posted work: held when asked for, then paid or given back once, in whatever order it is told."""

import asyncio
import itertools
from dataclasses import replace

import pytest
from sqlalchemy.exc import IntegrityError

from joust_contracts.events import EscrowSnapshotEvent, FundsHeld, FundsRejected, FundsReleased, PayoutMade
from joust_contracts.events.escrows import Payout
from joust_contracts.vocabulary import EscrowStatus, RefundReason
from joust_kit.messaging.inbox import Outcome
from joust_kit.testing.component import an_actor
from joust_wallet.escrows.errors import EscrowEnded
from joust_wallet.escrows.models import Escrow
from joust_wallet.escrows.rules import payout_of, refund_of
from joust_wallet.ledger.commands import post
from joust_wallet.ledger.errors import InsufficientFunds, TransferConflict
from joust_wallet.snapshots import AGGREGATES
from services.wallet.tests.escrows.wishing import Posted, balance, statuses
from services.wallet.tests.market import Market


@pytest.fixture
async def drop(market: Market) -> Posted:
    """A drop of 300 cents, of somebody who has 1000."""
    await market.deposit(1000)
    return Posted(market.wallet, market.poster.account_id, 300)


async def money(drop: Posted) -> tuple[int, int]:
    return await balance(drop.wallet, drop.payer_id)


class TestHolding:
    """The request that money be set aside."""

    async def test_an_amount_that_is_there_is_set_aside(self, drop: Posted) -> None:
        await drop.tell(drop.request())
        (told,) = await drop.told()
        assert isinstance(told, FundsHeld)
        assert (told.escrow.status, told.escrow.version, told.escrow.funding_version) == ("held", 1, 1)
        assert await money(drop) == (700, 300)

    async def test_one_that_is_not_is_rejected_with_what_is_required_and_available(
        self, drop: Posted
    ) -> None:
        drop.amount_cents = 1001
        await drop.tell(drop.request())
        (told,) = await drop.told()
        assert isinstance(told, FundsRejected)
        assert (told.escrow.amount_cents, told.escrow.available_cents) == (1001, 1000)
        assert await money(drop) == (1000, 0)

    async def test_of_a_payer_who_never_had_anything_nothing_is_available(self, market: Market) -> None:
        drop = Posted(market.wallet, an_actor().account_id, 1)
        await drop.tell(drop.request())
        assert (await drop.last()).available_cents == 0

    async def test_it_may_be_asked_again_once_there_is_money(self, drop: Posted, market: Market) -> None:
        drop.amount_cents = 1500
        await drop.tell(drop.request(1))
        await market.deposit(500)
        await drop.tell(drop.request(2))
        told = await drop.told()
        assert [type(each) for each in told] == [FundsRejected, FundsHeld]
        assert [each.escrow.version for each in told] == [1, 2]
        assert told[1].escrow.available_cents is None
        assert await money(drop) == (0, 1500)

    async def test_each_newer_request_is_answered_though_the_amount_is_held_once(self, drop: Posted) -> None:
        await drop.tell(drop.request(1), drop.request(2), drop.request(2), drop.request(1))
        assert [each.escrow.funding_version for each in await drop.told()] == [1, 2]
        assert await money(drop) == (700, 300)

    async def test_what_is_held_can_not_be_spent_on_a_deal(self, drop: Posted, market: Market) -> None:
        await drop.tell(drop.request())
        deal = await market.deal(an_actor(), 701)
        assert deal["status"] == "pending"

    async def test_50_drops_at_once_hold_no_more_than_there_is(self, market: Market) -> None:
        await market.deposit(1000)
        drops = [Posted(market.wallet, market.poster.account_id, 70) for _ in range(50)]
        await asyncio.gather(*(drop.tell(drop.request()) for drop in drops))
        ended = await statuses(drops)
        assert ended.count(EscrowStatus.HELD) == 1000 // 70
        assert ended.count(EscrowStatus.REJECTED) == 50 - 1000 // 70
        assert await balance(market.wallet, market.poster.account_id) == (1000 % 70, 1000 - 1000 % 70)


class TestPaying:
    """The payout that nobody can stall."""

    async def test_one_winner_gets_it_whole(self, drop: Posted) -> None:
        winner = an_actor().account_id
        await drop.tell(drop.request(), drop.pay_all_to(winner))
        paid = (await drop.told())[-1]
        assert isinstance(paid, PayoutMade)
        assert [(each.account_id, each.amount_cents) for each in paid.escrow.payouts] == [(winner, 300)]
        assert await balance(drop.wallet, winner) == (300, 0)
        assert await money(drop) == (700, 0)

    async def test_several_get_their_shares_and_a_share_below_a_cent_is_nothing(self, drop: Posted) -> None:
        drop.amount_cents = 101
        accounts = [an_actor().account_id for _ in range(3)]
        shares = tuple(zip(accounts, (6_000, 3_999, 1), strict=True))
        await drop.tell(drop.request(), drop.payout(*shares))
        assert [each.amount_cents for each in (await drop.last()).payouts] == [61, 40, 0]
        assert [await balance(drop.wallet, each) for each in accounts] == [(61, 0), (40, 0), (0, 0)]

    async def test_told_ten_times_at_once_it_is_paid_once(self, drop: Posted) -> None:
        winner = an_actor().account_id
        await drop.tell(drop.request())
        await asyncio.gather(*(drop.tell(drop.pay_all_to(winner)) for _ in range(10)))
        assert await balance(drop.wallet, winner) == (300, 0)
        assert sum(isinstance(each, PayoutMade) for each in await drop.told()) == 1

    async def test_a_winner_who_owes_for_a_deal_pays_it_by_that(self, drop: Posted, market: Market) -> None:
        winner, seller = an_actor(), an_actor()
        deal = await market.deal(seller, 250, by=winner)
        assert deal["status"] == "pending"
        await drop.tell(drop.request(), drop.pay_all_to(winner.account_id))
        await market.wallet.run_jobs("settle_deals")
        assert await balance(drop.wallet, winner.account_id) == (50, 0)

    async def test_a_payout_that_comes_before_its_request_holds_and_pays_at_once(self, drop: Posted) -> None:
        winner = an_actor().account_id
        await drop.tell(drop.pay_all_to(winner), drop.request(1))
        assert [type(each) for each in await drop.told()] == [PayoutMade]
        assert await balance(drop.wallet, winner) == (300, 0)
        assert await money(drop) == (700, 0)

    async def test_one_that_can_not_be_covered_waits_among_the_dead_letters(self, drop: Posted) -> None:
        drop.amount_cents = 2000
        with pytest.raises(InsufficientFunds):
            await drop.tell(drop.pay_all_to(an_actor().account_id))
        assert await drop.told() == []


class TestRefunding:
    """Nobody is to be paid."""

    async def test_the_payer_has_it_again(self, drop: Posted) -> None:
        await drop.tell(drop.request(), drop.refund())
        released = (await drop.told())[-1]
        assert isinstance(released, FundsReleased)
        assert released.escrow.released_cents == 300
        assert released.escrow.refund_reason == RefundReason.CANCELLED
        assert await money(drop) == (1000, 0)

    async def test_a_refund_that_comes_before_its_request_ends_it_with_nothing_held(
        self, drop: Posted
    ) -> None:
        await drop.tell(drop.refund(2), drop.request(1))
        assert [type(each) for each in await drop.told()] == [FundsReleased]
        assert (await drop.last()).released_cents == 0
        assert await money(drop) == (1000, 0)

    async def test_of_what_was_rejected_nothing_goes_back(self, drop: Posted) -> None:
        drop.amount_cents = 2000
        await drop.tell(drop.request(), drop.refund())
        assert (await drop.last()).released_cents == 0
        assert await money(drop) == (1000, 0)


class TestOneEnd:
    """Payout and refund exclude each other (M9)."""

    async def test_a_newer_wish_that_contradicts_the_end_is_refused_and_moves_nothing(
        self, drop: Posted
    ) -> None:
        winner = an_actor().account_id
        await drop.tell(drop.request(), drop.pay_all_to(winner))
        with pytest.raises(EscrowEnded):
            await drop.tell(drop.refund(3))
        assert await balance(drop.wallet, winner) == (300, 0)
        assert await money(drop) == (700, 0)

    async def test_of_a_payout_and_a_refund_at_once_one_happens(self, market: Market) -> None:
        await market.deposit(1000)
        winner = an_actor().account_id
        drops = [Posted(market.wallet, market.poster.account_id, 100) for _ in range(10)]
        for drop in drops:
            await drop.tell(drop.request())
        ends = [drop.tell(wish) for drop in drops for wish in (drop.pay_all_to(winner, 2), drop.refund(2))]
        await asyncio.gather(*ends)
        last = await statuses(drops)
        assert set(last) <= {EscrowStatus.PAID, EscrowStatus.RELEASED}
        paid = last.count(EscrowStatus.PAID)
        assert await balance(market.wallet, winner) == (100 * paid, 0)
        assert await balance(market.wallet, market.poster.account_id) == (1000 - 100 * paid, 0)

    async def test_the_database_itself_refuses_the_second_end(self, drop: Posted) -> None:
        await drop.tell(drop.request(), drop.refund())
        other = Posted(drop.wallet, drop.payer_id, 300)
        await other.tell(other.request())
        payout = Payout(rank=1, account_id=an_actor().account_id, amount_cents=300)
        with pytest.raises(TransferConflict):
            async with drop.wallet.database.transaction() as unit:
                await post(unit, payout_of(drop.id, drop.payer_id, [payout], "usd"))
        refund = replace(refund_of(drop.id, drop.payer_id, 300, "usd"), idempotency_key="another")
        with pytest.raises(IntegrityError, match="escrow_ends_once"):
            async with drop.wallet.database.transaction() as unit:
                await post(unit, refund)
        assert await money(drop) == (700, 300)

    @pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
    async def test_any_order_of_the_same_wishes_ends_with_the_same_balances(
        self, drop: Posted, order: tuple[int, ...]
    ) -> None:
        wishes = [drop.request(1), drop.request(2), drop.request(3), drop.refund(4)]
        outcomes = await drop.tell(*(wishes[place] for place in order))
        assert set(outcomes) == {Outcome.HANDLED}
        assert (await drop.last()).status == EscrowStatus.RELEASED
        assert await money(drop) == (1000, 0)


async def test_what_the_topics_lost_is_told_as_it_was(drop: Posted) -> None:
    await drop.tell(drop.request())
    escrows = next(each for each in AGGREGATES if each.event is EscrowSnapshotEvent)
    async with drop.wallet.database.reading() as session:
        told = await escrows.describe(session, [await session.get(Escrow, drop.id)])
    last = EscrowSnapshotEvent(escrow=await drop.last())
    assert [each.model_dump(mode="json") for each in told] == [last.model_dump(mode="json")]
