"""The wallet is down while work is posted, done and decided: afterwards each cent is where it was decided to go."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from joust_embedded.bounty.client import Json, Party, Refused
from joust_embedded.bounty.works import THOROUGH
from joust_embedded.stack import Stack
from tests.authorisation.calls import a_competition
from tests.support import checkers
from tests.support.arena import Arena, eventually
from tests.support.dropping import open_drop, over, run, submit, until
from tests.support.faults import kept_down

pytestmark = pytest.mark.faults
PENDING = 4
CENTS = 10_000
TERMS = {"terms_accepted": True}


async def test_drops_are_confirmed_and_submitted_meanwhile(stack: Stack) -> None:
    await play(stack, 0)


@pytest.mark.campaign
async def test_it_is_down_for_a_minute(stack: Stack) -> None:
    await play(stack, 60)


async def play(stack: Stack, seconds: float) -> None:
    """What is held pays, what was asked for is held, and what was given up comes back, once the wallet is back."""
    arena = Arena(stack, patience_seconds=60)
    try:
        async with asyncio.timeout(240 + seconds):
            scene = await Scene.prepare(arena)
            async with kept_down(stack, "wallet"):
                await asyncio.gather(scene.go_on(), asyncio.sleep(seconds))
            await asyncio.to_thread(stack.wait_ready, 120)
            await scene.ends_well(stack)
    finally:
        await arena.close()


class Scene:
    """One sender with money for all, one worker, and work of every kind whose money is held."""

    def __init__(self, sender: Party, worker: Party) -> None:
        self._sender = sender
        self._worker = worker
        self._paying: Json = {}
        self._unwanted: Json = {}
        self._task: Json = {}
        self._contest = ""
        self._pending: list[str] = []

    @classmethod
    async def prepare(cls, arena: Arena) -> "Scene":
        """Two drops, a task and a competition are open."""
        scene = cls(await arena.sign_up("Sender", cents=10 * CENTS), await arena.sign_up("Worker"))
        sender, worker = scene._sender, scene._worker
        scene._paying, scene._unwanted = [await open_drop(sender, price_cents=CENTS) for _ in range(2)]
        scene._task = await arena.open_task(sender, escrow=True, budget_cents=CENTS)
        await worker.quick_submit(scene._task["id"], THOROUGH)
        deadlines = {"submission": 600, "winner_selection": 1200}
        now = datetime.now(UTC)
        body = a_competition(
            prize={"amount": CENTS, "currency": "usd"},
            deadlines={
                name: (now + timedelta(seconds=after)).isoformat() for name, after in deadlines.items()
            },
        )
        scene._contest = (await sender.post("/api/competitions", body))["id"]
        await sender.post(f"/api/competitions/{scene._contest}/publish", {**TERMS, "require_funded": True})
        return scene

    async def go_on(self) -> None:
        """Drops are confirmed, submitted to, closed and cancelled; the task is closed; reads of money are refused."""
        sender, worker = self._sender, self._worker
        confirmed = await asyncio.gather(*(run(sender, price_cents=CENTS) for _ in range(PENDING)))
        assert {drop["status"] for drop in confirmed} == {"pending_payment"}
        self._pending = [drop["id"] for drop in confirmed]
        await sender.post(f"/api/jobs/{self._pending[0]}/cancel")
        await submit(worker, self._paying["id"])
        await self._is_heard_of()
        await sender.post(f"/api/jobs/{self._paying['id']}/cancel")
        assert (await over(sender, self._paying["id"]))["status"] == "verified"
        assert (await sender.post(f"/api/jobs/{self._unwanted['id']}/cancel"))["status"] == "cancelled"
        await sender.close_task(self._task["id"])
        with pytest.raises(Refused, match="503"):
            await Party.get(_hasty(sender), "/api/v1/wallet/balance")

    async def _is_heard_of(self) -> None:
        async def is_so() -> bool:
            drop = await self._sender.get(f"/api/jobs/{self._paying['id']}")
            return bool(drop["submissions_count"])

        await eventually(is_so)

    async def ends_well(self, stack: Stack) -> None:
        """Fails unless each cent is where it should be."""
        sender, worker = self._sender, self._worker
        for id in self._pending[1:]:
            await until(sender, id, {"open"})
        await balance_becomes(worker, 2 * CENTS, 0)
        # Of twelve hundred a drop and a task were paid; three drops and a prize are held.
        await balance_becomes(sender, 6 * CENTS, PENDING * CENTS)
        await checkers.ledger_adds_up(stack)
        await checkers.wishes_are_followed(stack)
        for id in self._pending[1:]:
            await sender.post(f"/api/jobs/{id}/cancel")
        await balance_becomes(sender, 9 * CENTS, CENTS)


def _hasty(party: Party) -> Party:
    return Party(party.name, party.account_id, party.agent_id, party.http)


async def balance_becomes(party: Party, available: int, held: int) -> None:
    """Wait for it."""

    async def is_there() -> bool:
        balance = await party.balance()
        return (balance["available_cents"], balance["held_cents"]) == (available, held)

    await eventually(is_there, seconds=60)
