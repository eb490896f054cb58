"""All ways that the money of posted work can go, each played to its end over the public API."""

import asyncio
from collections.abc import Awaitable, Callable
from uuid import uuid4

import httpx2

from joust_embedded.bounty.client import Json, Party
from joust_embedded.bounty.works import DECENT
from tests.authorisation.calls import a_competition
from tests.support.arena import Arena, eventually, scored
from tests.support.contests import Deadline, deadlines_pass
from tests.support.dropping import over, run, submit

CENTS = 10_000
_TERMS = {"terms_accepted": True}
STEP_SECONDS = 120.0
"""For a step, while services die some times."""
_PASSING = {502, 503, 504}


class Payer:
    """Posts work of each kind with held money, and has it done, cancelled or left alone."""

    def __init__(self, arena: Arena, owner: Party, worker: Party, step_seconds: float) -> None:
        self._arena = arena
        self._step_seconds = step_seconds
        self._owner = owner
        self._worker = worker
        self.earned = 0
        """What the worker is due by now."""
        self.ways: tuple[Callable[[], Awaitable[None]], ...] = (
            self.drop_is_paid,
            self.drop_is_given_up,
            self.drop_is_paid_late,
            self.budget_is_paid,
            self.budget_comes_back,
            self.prize_is_paid,
            self.prize_comes_back,
        )

    @classmethod
    async def of(cls, arena: Arena, cents: int, *, step_seconds: float = STEP_SECONDS) -> "Payer":
        """Somebody with money and somebody without, who wait so long for each step."""
        owner = await arena.sign_up(f"Owner {uuid4()}", cents=cents)
        return cls(arena, owner, await arena.sign_up(f"Worker {uuid4()}"), step_seconds)

    async def drop_is_paid(self) -> None:
        """Held, claimed, handed in, closed, ranked, paid."""
        drop = await run(self._owner, price_cents=CENTS)
        path = f"/api/jobs/{drop['id']}"
        await self._until(path, lambda seen: seen["status"] == "open")
        await submit(self._worker, drop["id"])
        await self._until(path, lambda seen: bool(seen["submissions_count"]))
        await self._owner.post(f"{path}/cancel")
        assert (await over(self._owner, drop["id"], seconds=self._step_seconds))["status"] == "verified"
        self.earned += CENTS

    async def drop_is_given_up(self) -> None:
        """Cancelled while its bounty may not be held yet."""
        drop = await run(self._owner, price_cents=CENTS)
        await self._owner.post(f"/api/jobs/{drop['id']}/cancel")
        assert (await over(self._owner, drop["id"], seconds=self._step_seconds))["status"] == "cancelled"

    async def drop_is_paid_late(self) -> None:
        """Rejected, asked for again after a deposit, and then given up; its sender keeps the money."""
        sender = await self._arena.sign_up(f"Poor {uuid4()}")
        body = {"prompt": "Name a colour", "confirmed": True, "price_cents": CENTS}
        drop = await self._insist(sender, "/api/jobs/run", body)
        path = f"/api/jobs/{drop['id']}"
        await self._until(path, lambda seen: seen["required"] is not None, sender)
        await sender.deposit(CENTS)
        await self._insist(sender, f"{path}/pay")
        await self._until(path, lambda seen: seen["status"] == "open", sender)
        await sender.post(f"{path}/cancel")
        await self._until("/api/v1/wallet/balance", lambda seen: seen["available_cents"] == CENTS, sender)

    async def budget_is_paid(self) -> None:
        """Held at publish, and paid to who is ranked after the close."""
        path = await self._open_task()
        submitted = await self._worker.quick_submit(path.rpartition("/")[2], DECENT)
        await scored(self._worker, submitted["id"], seconds=self._step_seconds)
        await self._owner.post(f"{path}/close")
        await self._until(path, lambda seen: seen["budget"]["status"] == "paid")
        self.earned += CENTS

    async def budget_comes_back(self) -> None:
        """Closed before anybody handed something in."""
        path = await self._open_task()
        await self._owner.post(f"{path}/close")
        await self._until(path, lambda seen: seen["budget"]["status"] == "released")

    async def prize_is_paid(self) -> None:
        """Held, and paid to whom the creator chooses."""
        path = await self._open_contest()
        await self._worker.post(f"{path}/join", _TERMS)
        draft = await self._worker.post(f"{path}/submission-drafts", {"title": "Mine", **_TERMS})
        await self._worker.post(f"/api/submission-drafts/{draft['id']}/submit", {"assets": [], **_TERMS})
        await deadlines_pass(self._arena.stack, path.rpartition("/")[2], Deadline.SUBMISSION)
        await self._until(path, lambda seen: seen["status"] == "reviewing")
        await self._until(f"{path}/submissions", lambda seen: bool(seen["submissions"]))
        await self._insist(self._owner, f"{path}/winner", {"submission_id": draft["id"]})
        await self._until(path, lambda seen: seen["prize_status"] == "paid")
        self.earned += CENTS

    async def prize_comes_back(self) -> None:
        """Nobody is chosen in time."""
        path = await self._open_contest()
        competition = path.rpartition("/")[2]
        await deadlines_pass(self._arena.stack, competition, Deadline.SUBMISSION, Deadline.WINNER)
        await self._until(path, lambda seen: seen["prize_status"] == "refunded")

    async def adds_up(self, cents: int) -> None:
        """Wait until nothing is held; fails unless both have together ``cents``, and the worker what it earned."""

        async def is_there() -> bool:
            owner, worker = await self._owner.balance(), await self._worker.balance()
            return (owner["available_cents"], owner["held_cents"], worker["available_cents"]) == (
                cents - self.earned,
                0,
                self.earned,
            )

        await eventually(is_there, seconds=self._step_seconds)

    async def _open_task(self) -> str:
        task = await self._owner.create_task(escrow=True, budget_cents=CENTS)
        path = f"/api/v1/tasks/{task['id']}"
        await self._owner.post(f"{path}/publish")
        await self._until(path, lambda seen: seen["status"] == "open")
        return path

    async def _open_contest(self) -> str:
        prize = {"amount": CENTS, "currency": "usd"}
        made = await self._owner.post("/api/competitions", a_competition(prize=prize))
        path = f"/api/competitions/{made['id']}"
        await self._owner.post(f"{path}/publish", {**_TERMS, "require_funded": True})
        await self._until(path, lambda seen: bool(seen["prize_funded"]))
        return path

    async def _until(self, path: str, is_there: Callable[[Json], bool], reader: Party | None = None) -> None:
        async def seen() -> bool:
            return is_there(await (reader or self._owner).get(path))

        await eventually(seen, seconds=self._step_seconds)

    async def _insist(self, party: Party, path: str, body: Json | None = None) -> Json:
        """Ask with one key until there is an answer that is no passing trouble, also if it is a refusal."""
        headers = {"Idempotency-Key": str(uuid4())}
        async with asyncio.timeout(self._step_seconds):
            while True:
                try:
                    answer = await party.http.post(path, json=body, headers=headers)
                except httpx2.TransportError:
                    await asyncio.sleep(0.2)
                    continue
                told: Json = answer.json()
                code = told.get("error", {}).get("code")
                if answer.status_code not in _PASSING and code not in {"IDEMPOTENCY_KEY_IN_USE", "NOT_FOUND"}:
                    return told
                headers = headers if code != "NOT_FOUND" else {"Idempotency-Key": str(uuid4())}
                await asyncio.sleep(0.2)
