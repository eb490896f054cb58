"""The budget of a task from publish to its end, with the wallet and the ranks as scripted facts."""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx2
import pytest

from joust_contracts.events import (
    EscrowSnapshotEvent,
    FundsHeld,
    FundsRejected,
    FundsReleased,
    PairwiseComparisonCompleted,
    PairwiseComparisonSnapshotEvent,
    PayoutMade,
    TaskFundingRequested,
    TaskPayoutRequested,
    TaskPublished,
    TaskRanked,
    TaskRefundRequested,
)
from joust_contracts.events.escrows import EscrowSnapshot, Payout
from joust_contracts.events.fundings import FundingEvent
from joust_contracts.events.pairwise_comparisons import PairOpinion, PairwiseComparison
from joust_contracts.events.rankings import RankedEntry
from joust_contracts.spending import Spender
from joust_contracts.vocabulary import ComparisonOutcome, EscrowStatus, PostedKind
from joust_kit.identity import Actor
from joust_kit.ids import RandomIds
from joust_kit.testing.component import ServiceUnderTest, an_actor
from joust_task.budgets.settling import settle_when_due
from services.task.tests.posting import a_task, ask, create, move

new_id = RandomIds().new
REVIEWED = timedelta(hours=25)
DEADLINE_PASSED = timedelta(days=3)
CENTS = 50_000


@dataclass
class Posted:
    """A task with escrow, and what others tell of it."""

    tasks: ServiceUnderTest
    owner: Actor = field(default_factory=an_actor)
    id: str = ""
    version: int = 0
    works: dict[UUID, UUID] = field(default_factory=dict)
    """What each account has handed in."""

    async def draft(self, **wanted: Any) -> "Posted":
        """It is made."""
        fields = {"escrow": True, "budget_cents": CENTS, **wanted}
        self.id = (await create(self.tasks, self.owner, **fields))["id"]
        return self

    async def open(self, **wanted: Any) -> "Posted":
        """It is published, and its budget held."""
        await self.draft(**wanted)
        assert (await self.publish()).json()["status"] == "draft"
        await self.tasks.deliver(FundsHeld(escrow=self.escrow(EscrowStatus.HELD)))
        return self

    async def publish(self) -> httpx2.Response:
        return await move(self.tasks, self.owner, self.id, "publish")

    async def close(self) -> None:
        assert (await move(self.tasks, self.owner, self.id, "close")).status_code == 200

    async def read(self, path: str = "") -> Any:
        answer = await ask(self.tasks, self.owner, "GET", f"/{self.id}{path}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def status(self) -> tuple[str, str]:
        """Of the task, and of its budget."""
        return (await self.read())["status"], (await self.read("/budget"))["status"]

    def escrow(self, status: EscrowStatus, funding_version: int = 1, **changes: Any) -> EscrowSnapshot:
        """What the wallet says next of its money."""
        self.version += 1
        fields = {"version": self.version, "funding_version": funding_version, **changes}
        return EscrowSnapshot(
            id=UUID(self.id),
            kind=PostedKind.TASK,
            payer_id=self.owner.account_id,
            amount_cents=CENTS,
            currency="usd",
            status=status,
            created_at=self.tasks.clock.now(),
            **fields,
        )

    async def reject(self, funding_version: int = 1) -> None:
        """The owner's balance does not cover it."""
        escrow = self.escrow(EscrowStatus.REJECTED, funding_version, available_cents=7)
        await self.tasks.deliver(FundsRejected(escrow=escrow))

    async def ranked(self, *agents: Actor, version: int = 1) -> None:
        """The ranks are final; the first of the agents is best."""
        podium = tuple(
            RankedEntry(
                rank=rank,
                account_id=agent.account_id,
                agent_id=agent.agent_id,
                submission_id=self.works.setdefault(agent.account_id, new_id()),
                final_score=90 - rank,
            )
            for rank, agent in enumerate(agents, start=1)
        )
        winner = podium[0] if podium else None
        await self.tasks.deliver(
            TaskRanked(
                task_id=UUID(self.id),
                version=version,
                winner=winner,
                entries_count=len(podium),
                podium=podium,
            )
        )

    def compared(self, one: Actor, other: Actor, better: Actor | None = None) -> PairwiseComparison:
        """Both were read side by side; ``None`` is better if the orders disagree."""
        pair = (self.works[one.account_id], self.works[other.account_id])
        outcome = ComparisonOutcome.UNDECIDED if better is None else ComparisonOutcome.PREFERRED
        return PairwiseComparison(
            id=new_id(),
            version=1,
            task_id=UUID(self.id),
            submission_ids=pair,
            outcome=outcome,
            preferred_id=None if better is None else self.works[better.account_id],
            opinions=tuple(
                PairOpinion(submission_id=each, scores=(50, 60), rationale="Why not") for each in pair
            ),
            judge="openai:model",
            completed_at=self.tasks.clock.now(),
        )

    async def compare(self, one: Actor, other: Actor, better: Actor | None = None) -> None:
        """The judge says so."""
        told = PairwiseComparisonCompleted(comparison=self.compared(one, other, better))
        await self.tasks.deliver(told)

    async def review_ends(self) -> None:
        with self.tasks.clock.ahead(REVIEWED):
            await self.tasks.run_jobs("settle_budget", also_future=True)

    async def wishes(self) -> list[FundingEvent]:
        """All that was asked of the wallet, in order."""
        kinds = TaskFundingRequested | TaskPayoutRequested | TaskRefundRequested
        told = [event.data for event in await self.tasks.all_emitted()]
        return [data for data in told if isinstance(data, kinds) and str(data.funding.subject_id) == self.id]

    async def paid(self) -> list[tuple[UUID, int]]:
        """To whom which shares are to be paid; fails unless that was asked for once."""
        wishes = [wish for wish in await self.wishes() if isinstance(wish, TaskPayoutRequested)]
        [wish] = wishes
        return [(payee.account_id, payee.share_bps) for payee in wish.funding.payees]


@pytest.fixture
def posted(tasks: ServiceUnderTest) -> Posted:
    return Posted(tasks)


async def test_a_task_opens_when_its_budget_is_held_and_is_not_told_of_before(posted: Posted) -> None:
    await posted.draft()
    assert await posted.status() == ("draft", "unfunded")
    for _ in range(2):
        assert (await posted.publish()).json()["status"] == "draft"
    assert await posted.status() == ("draft", "pending")
    assert [wish.funding.amount_cents for wish in await posted.wishes()] == [CENTS]
    held = posted.escrow(EscrowStatus.HELD)
    for event in (FundsHeld(escrow=held), FundsHeld(escrow=held), EscrowSnapshotEvent(escrow=held)):
        await posted.tasks.deliver(event)
    assert await posted.status() == ("open", "held")
    assert len(await posted.tasks.emitted(TaskPublished, aggregate_id=UUID(posted.id))) == 1


async def test_a_draft_that_waits_for_its_budget_stays_as_it_is(posted: Posted) -> None:
    await posted.draft()
    await posted.publish()
    answer = await ask(posted.tasks, posted.owner, "PATCH", f"/{posted.id}", {"budget_cents": 10_000})
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "CONFLICT")
    await posted.reject()
    answer = await ask(posted.tasks, posted.owner, "PATCH", f"/{posted.id}", {"budget_cents": 10_000})
    assert answer.json()["budget_cents"] == 10_000


async def test_what_is_missing_is_told_to_the_owner_and_publishing_asks_again(posted: Posted) -> None:
    posted.owner = replace(posted.owner, spender=Spender(key_id=new_id(), daily_cap_cents=7))
    await posted.draft()
    await posted.publish()
    await posted.reject()
    assert await posted.status() == ("draft", "rejected")
    assert (await posted.read("/budget"))["available_cents"] == 7
    await posted.publish()
    await posted.reject(funding_version=1)  # of the first wish, and late
    assert await posted.status() == ("draft", "pending")
    await posted.tasks.deliver(FundsHeld(escrow=posted.escrow(EscrowStatus.HELD, funding_version=2)))
    assert await posted.status() == ("open", "held")
    assert [wish.funding.spender for wish in await posted.wishes()] == [posted.owner.spender] * 2


async def test_the_best_ranks_are_paid_when_the_review_is_over(posted: Posted) -> None:
    best, second, third = an_actor(), an_actor(), an_actor()
    await posted.open(shares=[7_000, 3_000])
    await posted.close()
    await posted.ranked(second, best, version=3)
    await posted.ranked(best, second, third, version=5)  # a late result
    await posted.ranked(third, version=4)
    await posted.compare(best, second)
    assert len(await posted.wishes()) == 1
    assert (await posted.read("/budget"))["settles_at"] is not None
    await posted.review_ends()
    assert await posted.paid() == [(best.account_id, 7_000), (second.account_id, 3_000)]
    assert await posted.status() == ("closed", "settling")
    await posted.ranked(third, version=9)
    payouts = [
        Payout(
            rank=1,
            account_id=best.account_id,
            agent_id=best.agent_id,
            submission_id=new_id(),
            amount_cents=CENTS,
        )
    ]
    paid = posted.escrow(EscrowStatus.PAID, funding_version=2, payouts=payouts)
    await posted.tasks.deliver(PayoutMade(escrow=paid))
    budget = await posted.read("/budget")
    assert budget["status"] == "paid"
    assert [(each["agent_id"], each["amount_cents"]) for each in budget["payouts"]] == [
        (str(best.agent_id), CENTS)
    ]
    assert "account_id" not in budget["payouts"][0]


async def test_ranks_that_come_after_the_review_settle_the_budget(posted: Posted) -> None:
    agent = an_actor()
    await posted.open()
    with posted.tasks.clock.ahead(DEADLINE_PASSED):
        await posted.tasks.run_jobs("pass_deadline", also_future=True)
        await posted.ranked(agent)
        assert await posted.status() == ("closed", "held")
    with posted.tasks.clock.ahead(DEADLINE_PASSED + REVIEWED):
        await posted.ranked(agent, version=2)
    assert await posted.paid() == [(agent.account_id, 10_000)]
    await posted.review_ends()
    assert len(await posted.wishes()) == 2


async def test_a_review_that_ends_before_the_ranks_waits_for_them(posted: Posted) -> None:
    await posted.open()
    await posted.close()
    await posted.review_ends()
    assert await posted.status() == ("closed", "held")


async def test_a_task_that_nobody_worked_for_gives_its_budget_back(posted: Posted) -> None:
    await posted.open()
    await posted.close()
    await posted.ranked()
    await posted.review_ends()
    refund = (await posted.wishes())[-1]
    assert isinstance(refund, TaskRefundRequested)
    assert refund.funding.refund_reason == "cancelled"
    released = posted.escrow(EscrowStatus.RELEASED, funding_version=2, refund_reason="cancelled")
    await posted.tasks.deliver(FundsReleased(escrow=released))
    assert await posted.status() == ("closed", "released")


async def test_a_budget_that_settles_twenty_times_at_once_is_paid_once(posted: Posted) -> None:
    agent = an_actor()
    await posted.open()
    await posted.close()
    await posted.ranked(agent)

    async def settle() -> None:
        async with posted.tasks.database.transaction() as unit:
            await settle_when_due(unit, UUID(posted.id))

    with posted.tasks.clock.ahead(REVIEWED):
        await asyncio.gather(*(settle() for _ in range(20)))
    assert await posted.paid() == [(agent.account_id, 10_000)]


async def test_closing_twice_at_once_closes_once(posted: Posted) -> None:
    await posted.open()
    answers = await asyncio.gather(*(move(posted.tasks, posted.owner, posted.id, "close") for _ in range(2)))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    await posted.ranked(an_actor())
    await posted.review_ends()
    assert len(await posted.paid()) == 1


async def test_nobody_is_paid_before_the_best_two_were_read_side_by_side(posted: Posted) -> None:
    best, second, third = an_actor(), an_actor(), an_actor()
    await posted.open(shares=[7_000, 3_000])
    await posted.close()
    await posted.ranked(best, second, third)
    await posted.review_ends()
    assert await posted.status() == ("closed", "held")
    told = posted.compared(second, best, better=second)
    with posted.tasks.clock.ahead(REVIEWED):
        for event in (
            PairwiseComparisonCompleted(comparison=told),
            PairwiseComparisonSnapshotEvent(comparison=told),
        ):
            await posted.tasks.deliver(event)
    assert await posted.paid() == [(second.account_id, 7_000), (best.account_id, 3_000)]
    shown = (await posted.read("/budget"))["comparison"]
    assert (shown["outcome"], shown["preferred_id"]) == ("preferred", str(posted.works[second.account_id]))
    assert [each["rationale"] for each in shown["opinions"]] == ["Why not", "Why not"]
    seen = (await ask(posted.tasks, an_actor(), "GET", f"/{posted.id}/budget")).json()["comparison"]
    assert (seen["outcome"], seen["opinions"]) == ("preferred", [])


async def test_a_late_result_that_changes_the_best_two_waits_for_their_comparison(posted: Posted) -> None:
    best, second, third = an_actor(), an_actor(), an_actor()
    await posted.open()
    await posted.close()
    await posted.ranked(best, second, third)
    await posted.compare(best, second, better=second)
    await posted.ranked(best, third, second, version=2)
    assert (await posted.read("/budget"))["comparison"] is None
    await posted.review_ends()
    assert await posted.status() == ("closed", "held")
    with posted.tasks.clock.ahead(REVIEWED):
        await posted.compare(third, best, better=best)
    assert await posted.paid() == [(best.account_id, 10_000)]


async def test_a_comparison_that_comes_before_the_ranks_is_kept_for_them(posted: Posted) -> None:
    best, second = an_actor(), an_actor()
    posted.works = {best.account_id: new_id(), second.account_id: new_id()}
    await posted.open()
    await posted.close()
    await posted.compare(best, second, better=second)
    await posted.ranked(best, second)
    await posted.review_ends()
    assert await posted.paid() == [(second.account_id, 10_000)]


async def test_ranks_that_tests_or_an_own_judge_have_made_are_paid_as_they_are(posted: Posted) -> None:
    best, second = an_actor(), an_actor()
    await posted.open(eval_mode="external", eval_callback_url="https://judge.example.com/")
    await posted.close()
    await posted.ranked(best, second)
    await posted.compare(best, second, better=second)
    await posted.review_ends()
    assert await posted.paid() == [(best.account_id, 10_000)]


async def test_a_stranger_sees_that_the_budget_is_held_and_nothing_of_a_draft(posted: Posted) -> None:
    stranger = an_actor()
    await posted.draft()
    assert (await ask(posted.tasks, stranger, "GET", f"/{posted.id}/budget")).status_code == 404
    await posted.publish()
    await posted.tasks.deliver(FundsHeld(escrow=posted.escrow(EscrowStatus.HELD)))
    seen = (await ask(posted.tasks, stranger, "GET", f"/{posted.id}/budget")).json()
    assert (seen["status"], seen["amount_cents"], seen["available_cents"]) == ("held", CENTS, None)


@pytest.mark.parametrize(
    "wanted",
    [
        {"shares": [10_000]},
        {"escrow": True, "shares": [9_999]},
        {"escrow": "yes"},
        {"escrow": True, "shares": [1] * 11},
    ],
)
async def test_a_split_that_can_not_be_paid_is_refused(tasks: ServiceUnderTest, wanted: Any) -> None:
    answer = await ask(tasks, an_actor(), "POST", "", a_task(**wanted))
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "VALIDATION_ERROR")
