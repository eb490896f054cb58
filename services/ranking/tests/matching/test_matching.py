"""Who is told of a task that was opened, whatever the order in which facts come and however often."""

import asyncio
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from joust_contracts.events import (
    AgentSnapshotEvent,
    AgentUpdated,
    EventData,
    MatchingSnapshotEvent,
    SubmissionSnapshotEvent,
    TaskClosed,
    TaskPublished,
    TaskSnapshotEvent,
)
from joust_contracts.vocabulary import EvalMode, TaskStatus
from joust_kit.database.failures import RebuildInProgress
from joust_kit.identity import Actor
from joust_kit.jobs import JobContext
from joust_kit.testing.component import an_actor
from joust_ranking.matching.jobs import MatchBatch, match_agents
from joust_ranking.snapshots import AGGREGATES
from services.ranking.tests.matching.market import Market, actors, new_id


class TestWhoHears:
    """The stages, and what wishes do."""

    async def test_an_agent_that_named_the_category_in_whatever_case(self, market: Market) -> None:
        ada, bob = actors(2)
        await market.declare(ada)
        await market.declare(bob, categories=("something else",))
        task = await market.publish(category=market.category.upper())
        assert await market.told(task) == [ada.account_id]

    async def test_an_agent_that_named_no_category_and_wishes_what_the_task_has(self, market: Market) -> None:
        wide, narrow = actors(2)
        tag = market.category.replace(" ", "")
        await market.declare(wide, categories=(), tags=(f"{tag}-a",))
        await market.declare(narrow, categories=(), tags=(f"{tag}-b",))
        task = await market.publish(description=f"About {tag} A")
        assert await market.told(task) == [wide.account_id]

    @pytest.mark.parametrize(
        ("interests", "is_told"),
        [
            ({"min_budget_cents": 50_000}, True),
            ({"min_budget_cents": 50_001}, False),
            ({"eval_modes": (EvalMode.LLM,)}, True),
            ({"eval_modes": (EvalMode.CONTAINER, EvalMode.EXTERNAL)}, False),
            ({"tags": ("csv",)}, True),
            ({"tags": ("chess",)}, False),
        ],
    )
    async def test_every_wish_counts(self, market: Market, interests: dict[str, Any], is_told: bool) -> None:
        ada = an_actor("Ada")
        await market.declare(ada, **interests)
        task = await market.publish()
        assert await market.told(task) == [ada.account_id] * is_told

    async def test_a_competitor_of_the_category_that_declared_nothing(self, market: Market) -> None:
        unknown, silent, stranger, picky = actors(4)
        await market.declare_nothing(silent)
        await market.declare_nothing(stranger)
        await market.declare(picky, categories=("something else",))
        for actor in (unknown, silent, picky):
            await market.compete(actor)
        await Market(market.ranking).compete(stranger)
        task = await market.publish()
        assert set(await market.told(task)) == {unknown.account_id, silent.account_id}

    async def test_not_who_competes_in_this_very_task_alone(self, market: Market) -> None:
        early = an_actor()
        task = market.task()
        await market.ranking.deliver(TaskPublished(task=task))
        await market.compete(early, task)
        await market.match()
        assert await market.told(task) == []

    async def test_not_the_poster(self, market: Market) -> None:
        poster = an_actor()
        await market.declare(poster)
        task = await market.publish(owner_id=poster.account_id)
        assert await market.told(task) == []

    async def test_an_account_with_several_agents_once(self, market: Market) -> None:
        ada = an_actor()
        for agent_id in (None, new_id(), new_id()):
            wishes = {"categories": (market.category.lower(),)}
            await market.ranking.deliver(AgentUpdated(agent=market.agent(ada, wishes, agent_id=agent_id)))
        anything = market.agent(ada, {}, agent_id=new_id())
        await market.ranking.deliver(AgentUpdated(agent=anything))
        task = await market.publish()
        assert await market.told(task) == [ada.account_id]
        assert len(await market.matches(task)) == 1

    async def test_what_was_taken_back_counts_no_more(self, market: Market) -> None:
        ada, bob = actors(2)
        for actor in (ada, bob):
            await market.declare(actor)
        await market.declare_nothing(ada, version=2)
        await market.declare(bob, version=2, categories=("something else",))
        task = await market.publish()
        assert await market.told(task) == []

    async def test_the_event_says_what_helps_to_decide(self, market: Market) -> None:
        ada = an_actor()
        await market.declare(ada)
        task = await market.publish()
        (event,) = await market.events(task)
        assert event.task.model_dump() == task.model_dump(include=set(type(event.task).model_fields))
        assert (event.agents[0].agent_id, event.version) == (ada.agent_id, 1)
        assert event.ordering_key == task.id


async def test_who_was_told_is_forgotten_long_after_the_deadline_and_not_told_again(market: Market) -> None:
    ada, now = an_actor(), market.ranking.clock.now()
    await market.declare(ada)
    old, recent = [await market.publish(deadline=now - timedelta(days=days)) for days in (31, 29)]
    await market.ranking.prune()
    assert [len(await market.matches(task)) for task in (old, recent)] == [0, 1]
    for task in (old, recent):
        await market.ranking.deliver(TaskSnapshotEvent(task=task))
        await market.match()
        assert await market.told(task) == [ada.account_id]


class TestBatches:
    """Small ones, so that a matching takes many."""

    @pytest.fixture(autouse=True)
    def _small(self, market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
        settings = market.ranking.runtime.resources.settings
        monkeypatch.setattr(settings, "match_batch_size", 3)

    async def crowd(self, market: Market) -> list[Actor]:
        declaring, competing = actors(7), actors(5)
        for actor in declaring:
            await market.declare(actor)
        for actor in competing:
            await market.compete(actor)
            await market.compete(actor)
        return declaring + competing

    async def test_everybody_is_told_once_in_batches_of_the_size_that_is_set(self, market: Market) -> None:
        everybody = {actor.account_id for actor in await self.crowd(market)}
        task = await market.publish()
        told = await market.told(task)
        assert (set(told), len(told)) == (everybody, len(everybody))
        assert max(len(event.agents) for event in await market.events(task)) <= 3
        versions = [event.version for event in await market.events(task)]
        assert versions == list(range(1, len(versions) + 1))
        assert (await market.matching(task)).is_over

    async def test_a_batch_that_runs_again_changes_nothing(self, market: Market) -> None:
        await self.crowd(market)
        task = await market.publish()
        told = await market.told(task)
        batches = (await market.matching(task)).batches
        for number in range(1, batches + 1):
            await match_agents.run(MatchBatch(task_id=task.id, number=number), self.context(market))
        assert await market.told(task) == told
        assert not await market.ranking.run_jobs("match")

    async def test_two_workers_with_one_batch_make_it_once(self, market: Market) -> None:
        await self.crowd(market)
        task = market.task()
        await market.ranking.deliver(TaskPublished(task=task))
        first = MatchBatch(task_id=task.id, number=1)
        await asyncio.gather(*(match_agents.run(first, self.context(market)) for _ in range(4)))
        assert len(await market.told(task)) == 3
        await market.match()
        told = await market.told(task)
        assert len(told) == len(set(told)) == 12

    async def test_it_ends_when_the_task_is_closed(self, market: Market) -> None:
        await self.crowd(market)
        task = market.task()
        await market.ranking.deliver(TaskPublished(task=task))
        await market.ranking.run_jobs("match")
        closed = task.model_copy(update={"status": TaskStatus.CLOSED, "version": 3})
        await market.ranking.deliver(TaskClosed(task=closed))
        await market.match()
        assert len(await market.told(task)) == 3
        assert (await market.matching(task)).is_over

    async def test_it_waits_while_the_projections_are_rebuilt(self, market: Market) -> None:
        await self.crowd(market)
        task = market.task()
        await market.ranking.deliver(TaskPublished(task=task))
        inbox = market.ranking.runtime.inbox
        unfinished = new_id()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("joust_kit.messaging.inbox.REBUILD_UNFINISHED", unfinished)
            async with market.ranking.database.transaction() as unit:
                await inbox.mark(unit, unfinished)
            with pytest.raises(RebuildInProgress):
                await market.ranking.run_jobs("match")
        assert await market.told(task) == []
        await market.match()
        assert len(await market.told(task)) == 12

    def context(self, market: Market) -> JobContext:
        return JobContext(
            database=market.ranking.database,
            resources=market.ranking.runtime.resources,
            correlation_id=None,
            attempt=1,
            is_last_attempt=False,
        )


class TestOrder:
    """Twice, late, and in any order."""

    @pytest.mark.parametrize("order", list(permutations(range(4)))[::3])
    async def test_the_category_of_a_competitor_is_known_whatever_comes_first(
        self, market: Market, order: tuple[int, ...]
    ) -> None:
        ada, older = an_actor(), market.task()
        closed = older.model_copy(update={"status": TaskStatus.CLOSED, "version": 3})
        received = market.received(ada, older)
        facts: list[EventData] = [
            TaskPublished(task=older),
            TaskClosed(task=closed),
            received,
            SubmissionSnapshotEvent(submission=received.submission),
        ]
        for place in (*order, *order):
            await market.ranking.deliver(facts[place])
        task = await market.publish()
        assert await market.told(task) == [ada.account_id]

    async def test_task_and_submission_at_once_leave_no_competitor_without_a_category(
        self, market: Market
    ) -> None:
        for _ in range(5):
            ada, older = an_actor(), market.task()
            facts: list[EventData] = [TaskPublished(task=older), market.received(ada, older)]
            await asyncio.gather(*map(market.ranking.deliver, facts))
            task = await market.publish()
            assert ada.account_id in await market.told(task)

    async def test_the_newest_interests_count_whatever_comes_last(self, market: Market) -> None:
        ada = an_actor()
        await market.declare(ada, version=3)
        await market.declare(ada, version=2, categories=("something else",))
        await market.ranking.deliver(AgentSnapshotEvent(agent=market.agent(ada, None, version=1)))
        task = await market.publish()
        assert await market.told(task) == [ada.account_id]

    async def test_a_task_told_again_is_matched_once(self, market: Market) -> None:
        ada = an_actor()
        await market.declare(ada)
        task = await market.publish()
        for event in (TaskPublished(task=task), TaskSnapshotEvent(task=task)):
            await market.ranking.deliver(event)
            await market.match()
        assert await market.told(task) == [ada.account_id]

    async def test_an_opening_that_the_topics_lost_is_made_up_for(self, market: Market) -> None:
        ada, task = an_actor(), market.task()
        await market.declare(ada)
        await market.ranking.deliver(TaskSnapshotEvent(task=task))
        await market.match()
        assert await market.told(task) == [ada.account_id]

    async def test_a_closed_task_told_as_it_is_is_matched_with_nobody(self, market: Market) -> None:
        ada, task = an_actor(), market.task(status=TaskStatus.CLOSED)
        await market.declare(ada)
        await market.ranking.deliver(TaskSnapshotEvent(task=task))
        assert not await market.ranking.run_jobs("match")


async def test_a_matching_is_told_as_it_is(market: Market) -> None:
    await market.declare(an_actor())
    task = await market.publish()
    (told,) = [each for each in AGGREGATES if each.event is MatchingSnapshotEvent]
    async with market.ranking.database.reading() as session:
        (snapshot,) = await told.describe(session, [await market.matching(task)])
    assert isinstance(snapshot, MatchingSnapshotEvent)
    assert (snapshot.task.id, snapshot.is_over, snapshot.version) == (task.id, True, 1)
