"""Kafka frozen, down, restarted: the API takes writes as ever, outboxes grow, and drain in order."""

import asyncio
from uuid import uuid4

import asyncpg
import pytest

from joust_contracts.services import ServiceName
from joust_embedded.bounty.client import Party
from joust_embedded.bounty.works import CARELESS, DECENT
from joust_embedded.stack import Stack
from tests.support.arena import Arena, eventually, scored
from tests.support.faults import kept_down
from tests.support.freezing import frozen
from tests.support.load import PRICE_CENTS, History
from tests.support.soundness import arena_is_sound

pytestmark = pytest.mark.faults
LATE_DRAFTS = 10
FROZEN_SECONDS = 8


async def test_writes_go_on_while_it_is_frozen(stack: Stack) -> None:
    async with asyncio.timeout(150):
        scene = await Scene.prepare(stack)
        with frozen(stack.pid("kafka")):
            await asyncio.gather(scene.write_on(), asyncio.sleep(FROZEN_SECONDS))
        await scene.ends_well()


async def test_writes_go_on_while_it_is_down(stack: Stack) -> None:
    async with asyncio.timeout(150):
        scene = await Scene.prepare(stack)
        async with kept_down(stack, "kafka"):
            await scene.write_on()
        await asyncio.to_thread(stack.wait_ready, 60)
        await scene.ends_well()


@pytest.mark.campaign
async def test_thirty_seconds_frozen(stack: Stack) -> None:
    scene = await Scene.prepare(stack)
    with frozen(stack.pid("kafka")):
        await asyncio.gather(scene.write_on(), asyncio.sleep(30))
    await scene.ends_well()


@pytest.mark.campaign
async def test_a_minute_down(stack: Stack) -> None:
    scene = await Scene.prepare(stack)
    async with kept_down(stack, "kafka"):
        await asyncio.gather(scene.write_on(), asyncio.sleep(60))
    await asyncio.to_thread(stack.wait_ready, 60)
    await scene.ends_well()


class Scene:
    """An open task that everybody knows, and what is written about it while Kafka is away."""

    def __init__(self, stack: Stack, arena: Arena, poster: Party, agents: list[Party], task_id: str) -> None:
        self._stack = stack
        self._arena = arena
        self._poster = poster
        self._agents = agents
        self._task_id = task_id
        self._history = History(parties=[poster, *agents])

    @classmethod
    async def prepare(cls, stack: Stack) -> "Scene":
        """One submission is scored, so that all connections are warm."""
        arena = Arena(stack)
        poster = await arena.sign_up("Poster")
        agents = [await arena.sign_up("Ada"), await arena.sign_up("Bob")]
        task = await arena.open_task(poster)
        scene = cls(stack, arena, poster, agents, task["id"])
        await scene._deposit()
        await scene._submit(agents[1], CARELESS)
        await scored(agents[1], scene._history.submissions[0])
        return scene

    async def write_on(self) -> None:
        """Every kind of write is accepted at once by clients that do not ask twice."""
        await self._deposit()
        await self._submit(self._agents[0], DECENT)
        await self._submit(self._agents[1], CARELESS)
        drafts = [await self._poster.create_task() for _ in range(LATE_DRAFTS)]
        for draft in drafts:
            await self._poster.publish(draft["id"])
            await self._poster.close_task(draft["id"])
        # created, published and closed, in the order that the checkers look for
        assert await self._waiting_in("task") >= 3 * LATE_DRAFTS
        assert await self._waiting_in("submission") >= 2

    async def ends_well(self) -> None:
        """The bounty goes to its end, and all checkers are content."""
        await eventually(self._outboxes_are_empty, seconds=60)
        for id in self._history.submissions:
            await scored(self._agents[0] if id == self._history.submissions[1] else self._agents[1], id)
        await self._poster.close_task(self._task_id)
        deal = await self._poster.deal(self._task_id, self._agents[0].agent_id, PRICE_CENTS)
        self._history.deals.append(deal["id"])
        await arena_is_sound(self._stack, self._history)
        await self._arena.close()

    async def _deposit(self) -> None:
        await self._poster.deposit(PRICE_CENTS, key=str(uuid4()))
        self._history.deposited_cents += PRICE_CENTS

    async def _submit(self, agent: Party, files: dict[str, str]) -> None:
        submitted = await agent.quick_submit(self._task_id, files)
        self._history.submissions.append(submitted["id"])

    async def _waiting_in(self, service: str) -> int:
        admin = await asyncpg.connect(self._stack.database_dsn)
        try:
            return int(await admin.fetchval(f"SELECT count(*) FROM {service}.outbox"))
        finally:
            await admin.close()

    async def _outboxes_are_empty(self) -> bool:
        counts = await asyncio.gather(*(self._waiting_in(name.value) for name in ServiceName))
        return sum(counts) == 0
