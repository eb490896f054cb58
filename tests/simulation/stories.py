"""What is played beside the bounty: money that posted work holds until it is decided, and money that leaves.

A seed has one of them at the most, so that it costs little more than the bounty alone.
"""

import asyncio
import os
import random
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any, Protocol

from joust_embedded.bounty.client import a_task
from joust_embedded.bounty.works import CARELESS, DECENT
from tests.authorisation.calls import a_competition
from tests.simulation.clients import Client, History, Json, Refused
from tests.simulation.world import World

SWITCH = "JOUST_SIMULATION_STORIES"
_LONGEST_PAUSE_SECONDS = 300.0
_AMOUNT_CENTS = 10_000
_TRIES = 4
_POOR = 0.4
"""How likely money comes only after it was asked for."""
_CAP_CENTS = 100
_TOO_LATE = frozenset(
    {
        *("NOT_FOUND", "DROP_NOT_OPEN", "DROP_FULL", "NO_CLAIM", "ALREADY_SUBMITTED", "SUBMISSION_COOLDOWN"),
        *("DEADLINE_PASSED", "FORBIDDEN", "CONFLICT", "WRONG_STATUS", "TASK_CLOSED", "TASK_NOT_OPEN"),
    }
)
"""What may become of work that comes when others have decided already, or before everybody has heard of it."""
_OVER = {"verified", "cancelled", "failed"}


class Story(Protocol):
    """Some clients and what they do."""

    async def play(self) -> None:
        """Returns when all of them are done and know it."""
        ...


def story_of(world: World, history: History) -> Story | None:
    """What the seed has beside the bounty; nothing in half of all seeds, or where nobody wants any."""
    if os.environ.get(SWITCH) == "0":
        return None
    chance = random.Random(f"story {world.seed}")
    kinds: list[Callable[[World, History], Story]] = [Drop, Budget, Contest, Spending]
    return chance.choice(kinds)(world, history) if chance.random() < 0.5 else None


class _Posted(ABC):
    """Somebody who posts work, and two who may do it."""

    def __init__(self, world: World, history: History, name: str) -> None:
        self.world = world
        self.history = history
        self.chance = random.Random(f"{name} {world.seed}")
        self.owner = Client(world, history, name)
        self.workers = [Client(world, history, name) for name in ("cat", "dan")]
        self.id = ""
        self.known = asyncio.Event()

    async def play(self) -> None:
        """All of them at once."""
        await side_by_side(
            self.world,
            (self.owner, self._post()),
            *((worker, self._take_part(worker)) for worker in self.workers),
        )

    async def _take_part(self, worker: Client) -> None:
        await worker.sign_up()
        await self.known.wait()
        if self.id:
            await self.work(worker)

    async def _post(self) -> None:
        await self.owner.sign_up()
        if self.chance.random() > _POOR:
            await self.deposit()
        try:
            await self.post()
        finally:
            self.known.set()
        if self.id:
            await self.end()

    async def deposit(self) -> None:
        """What the work costs."""
        made = await self.owner.post("/api/v1/wallet/deposits", {"amount_cents": _AMOUNT_CENTS})
        self.history.deposits.append(made["id"])
        self.history.deposited_cents += _AMOUNT_CENTS

    async def insist(self, worker: Client, path: str, body: Json | None = None) -> Json | None:
        """Ask some times: others may not have heard of the work yet, or it is over."""
        for _ in range(_TRIES):
            try:
                return await worker.post(path, body)
            except Refused as refusal:
                if refusal.code not in _TOO_LATE:
                    raise
            await worker.pause(self.chance.uniform(1, 40))
        return None

    async def until(self, path: str, is_there: Callable[[Json], bool]) -> Json:
        """What the owner reads once it is there."""
        pause = 2.0
        while not is_there(seen := await self.owner.get(path)):
            await self.owner.pause(pause)
            pause = min(_LONGEST_PAUSE_SECONDS, pause * 2)
        return seen

    @abstractmethod
    async def post(self) -> None:
        """Post the work, and note its id."""

    @abstractmethod
    async def work(self, worker: Client) -> None:
        """Do the work."""

    @abstractmethod
    async def end(self) -> None:
        """Wait until it is decided, or decide."""


class Drop(_Posted):
    """Its claims, its clock, its sender and the last place all want to end it."""

    def __init__(self, world: World, history: History) -> None:
        super().__init__(world, history, "sender")

    async def post(self) -> None:
        """Confirm it, and pay it if that did not do."""
        wanted = {"prompt": "Name a colour", "confirmed": True, "price_cents": _AMOUNT_CENTS}
        wanted["time_limit_seconds"] = self.chance.choice((60, 600))
        try:
            self.id = (await self.owner.post("/api/jobs/run", wanted))["id"]
        except Refused as refusal:
            if refusal.code != "PAYMENT_REQUIRED":
                raise
            self.id = str(refusal.details["job_id"])
            await self.deposit()
            await self.owner.post(f"/api/jobs/{self.id}/pay")

    async def work(self, worker: Client) -> None:
        """With a claim or without, and sometimes with a claim alone."""
        await worker.pause(self.chance.uniform(0.1, 90))
        if self.chance.random() < 0.5:
            await self.insist(worker, f"/api/jobs/{self.id}/claim")
        if self.chance.random() < 0.8:
            await self.insist(worker, f"/api/jobs/{self.id}/submit", {"text": f"{worker.name} says blue"})

    async def end(self) -> None:
        """Cancel it, or leave it to its clock."""
        if self.chance.random() < 0.5:
            await self.owner.pause(self.chance.uniform(0.1, 120))
            try:
                await self.owner.post(f"/api/jobs/{self.id}/cancel")
            except Refused as refusal:
                if refusal.code != "INVALID_TRANSITION":
                    raise
        await self.until(f"/api/jobs/{self.id}", lambda job: job["status"] in _OVER)


class Budget(_Posted):
    """A task whose budget is held: it is closed while work comes in, and settles after its review."""

    def __init__(self, world: World, history: History) -> None:
        super().__init__(world, history, "funder")

    async def post(self) -> None:
        """Publish it, and again after a deposit if its budget was not covered."""
        deadline = (self.world.clock.now() + timedelta(days=3)).isoformat()
        # Of another category, so that nobody who was told of the bounty's task hears of it.
        wanted = a_task(category="poetry", deadline=deadline, escrow=True, budget_cents=_AMOUNT_CENTS)
        task = await self.owner.post("/api/v1/tasks", {**wanted, "shares": [7_000, 3_000]})
        self.history.tasks.append(task["id"])
        path = f"/api/v1/tasks/{task['id']}"
        while True:
            try:
                await self.owner.post(f"{path}/publish")
            except Refused as refusal:
                if refusal.code != "PAYMENT_REQUIRED":
                    raise
                await self.deposit()
                continue
            seen = await self.until(path, lambda task: task["budget"]["status"] != "pending")
            if seen["budget"]["status"] != "rejected":
                self.id = task["id"]
                return
            await self.deposit()

    async def work(self, worker: Client) -> None:
        """Hand something in, maybe too late."""
        await worker.pause(self.chance.uniform(0.1, 30))
        work = DECENT if worker.name == "cat" else CARELESS
        body = {"files": work, "agent_display_name": worker.name}
        if taken := await self.insist(worker, f"/api/v1/tasks/{self.id}/quick-submit", body):
            self.history.submissions.append(taken["id"])

    async def end(self) -> None:
        """Close it, some time."""
        await self.owner.pause(self.chance.uniform(0.1, 60))
        path = f"/api/v1/tasks/{self.id}"
        await self.owner.post(f"{path}/close")
        await self.until(path, lambda task: task["budget"]["status"] in {"paid", "released"})


class Contest(_Posted):
    """A competition with a prize, of which a winner is chosen in the last moment, or nobody."""

    def __init__(self, world: World, history: History) -> None:
        super().__init__(world, history, "creator")

    async def post(self) -> None:
        """Publish it, whether the prize is covered or not."""
        now, open_for = self.world.clock.now(), self.chance.uniform(60, 600)
        chosen_by = open_for + self.chance.uniform(30, 600)
        ends = {"submission": open_for, "winner_selection": chosen_by}
        deadlines = {name: (now + timedelta(seconds=seconds)).isoformat() for name, seconds in ends.items()}
        prize = {"amount": _AMOUNT_CENTS, "currency": "usd"}
        insists = self.chance.random() < 0.5
        try:
            made = await self.owner.post("/api/competitions", a_competition(deadlines=deadlines, prize=prize))
            path, body = f"/api/competitions/{made['id']}/publish", {"terms_accepted": True}
            try:
                await self.owner.post(path, {**body, "require_funded": insists})
            except Refused as refusal:
                if refusal.code != "PAYMENT_REQUIRED":
                    raise
                await self.deposit()
                await self.owner.post(path, body)
            self.id = made["id"]
        except Refused as refusal:
            # Whoever is kept waiting until the deadline can't make or publish it any more.
            if refusal.code != "VALIDATION_ERROR":
                raise

    async def work(self, worker: Client) -> None:
        """Join, hand in, and sometimes leave at the same time, or take it back."""
        path, terms = f"/api/competitions/{self.id}", {"terms_accepted": True}
        await self.insist(worker, f"{path}/join", terms)
        draft = await self.insist(worker, f"{path}/submission-drafts", {"title": "Mine", **terms})
        if draft is None:
            return
        own = f"/api/submission-drafts/{draft['id']}"
        leaves, takes_back = self.chance.random() < 0.3, self.chance.random() < 0.2
        handing_in = self.insist(worker, f"{own}/submit", {"assets": [], **terms})
        if not leaves:
            await handing_in
        elif all(await asyncio.gather(handing_in, self.insist(worker, f"{path}/leave"))):
            raise AssertionError(f"{worker.name} has left and handed in")
        if takes_back:
            await self.insist(worker, f"{own}/withdraw")

    async def end(self) -> None:
        """Choose the first, if anybody is there to choose and the prize can be had."""
        path = f"/api/competitions/{self.id}"
        seen = await self.until(path, lambda it: it["status"] not in {"open", "funding"})
        if seen["status"] == "draft":
            return
        try:
            if seen["prize_status"] == "rejected":
                await self.deposit()
                await self.owner.post(f"{path}/fund")
                await self.until(path, lambda it: it["prize_status"] != "requested")
            works = (await self.owner.get(f"{path}/submissions"))["submissions"]
            if works and self.chance.random() < 0.8:
                await self.owner.pause(self.chance.uniform(0.1, 300))
                await self.owner.post(f"{path}/winner", {"submission_id": works[0]["id"]})
        except Refused as refusal:
            if refusal.code not in {*_TOO_LATE, "INVALID_TRANSITION", "PAYMENT_REQUIRED"}:
                raise
        await self.until(path, lambda it: it["status"] in {"awarded", "expired"})


class Spending:
    """An owner and an agent with a key that has a cap take out money at once, by a provider that fails."""

    def __init__(self, world: World, history: History) -> None:
        self._world = world
        self._history = history
        self._chance = random.Random(f"owner {world.seed}")
        self._owner = Client(world, history, "owner")

    async def play(self) -> None:
        """Returns when all that was asked for was taken or refused."""
        await side_by_side(self._world, (self._owner, self._begin()))

    async def _begin(self) -> None:
        owner, history = self._owner, self._history
        await owner.sign_up()
        made = await owner.post("/api/v1/wallet/deposits", {"amount_cents": 2 * _AMOUNT_CENTS})
        history.deposits.append(made["id"])
        history.deposited_cents += 2 * _AMOUNT_CENTS
        account = self._chance.choice(("acct_1", "acct_1", "acct_refused"))
        await owner.put("/api/v1/wallet", {"payout_method": "stripe_usd", "payout_address": account})
        key = await owner.post("/api/api-keys", {"name": "shopper", "total_spend_cap_cents": _CAP_CENTS})
        shopper = owner.with_key("shopper", key["api_key"])
        taken: dict[str, int] = {"owner": 0, "shopper": 0}
        await side_by_side(self._world, *((each, self._take_out(each, taken)) for each in (owner, shopper)))
        if taken["shopper"] > _CAP_CENTS:
            raise AssertionError(f"a key with a cap of {_CAP_CENTS} took out {taken['shopper']}")

    async def _take_out(self, client: Client, taken: dict[str, int]) -> None:
        for _ in range(3):
            await client.pause(self._chance.uniform(0.01, 5))
            cents = self._chance.randint(20, 60)
            try:
                made = await client.post("/api/v1/wallet/withdrawals", {"amount_cents": cents})
            except Refused as refusal:
                if refusal.code != "SPEND_CAP_EXCEEDED":
                    raise
            else:
                self._history.withdrawals.append(made["id"])
                taken[client.name] += cents


async def side_by_side(world: World, *plays: tuple[Client, Coroutine[Any, Any, None]]) -> None:
    """Each play in the process of its client."""
    loop = world.scheduler.loop
    tasks = [loop.create_task(play, context=client.process.context()) for client, play in plays]
    await asyncio.gather(*tasks)
