"""Every service's clock is wrong, each by something else, and is set to something else in the midst (row F8).

Deadlines, reviews, claims, days of caps and leases go by the database's clock: nothing is revealed, closed or paid
before its time, nothing is taken after it, and nothing that is due is missed.
"""

import asyncio
import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import asyncpg
import pytest

from joust_contracts.services import ServiceName
from joust_embedded.bounty.client import Party, Refused
from joust_embedded.bounty.works import CARELESS, THOROUGH
from joust_embedded.stack import Stack
from tests.conftest import FOR_TESTS
from tests.support import checkers, skewed
from tests.support.arena import Arena, eventually
from tests.support.dropping import opened, run, submit
from tests.support.parts import of_tests
from tests.support.soundness import everything_told

pytestmark = pytest.mark.faults

HOUR, DAY = 3600, 86_400
Wrong = tuple[float, bool]
WRONGS: Sequence[Wrong] = [
    (HOUR, False),
    (-HOUR, False),
    (DAY, False),
    (-DAY, False),
    (DAY, True),
    (-HOUR, True),
    (0, False),
]
"""By how many seconds, and whether it stands still. Seven, as there are services: each has each once."""
HURRIED = {
    "JOUST_TASK_DROP_MIN_TIME_LIMIT_SECONDS": "1",
    "JOUST_TASK_DROP_CLAIM_LIFETIME": "PT5S",
    "JOUST_TASK_DROP_CLAIM_GRACE": "PT0S",
    "JOUST_TASK_ESCROW_REVIEW_WINDOW": "PT2S",
}
OPEN_SECONDS = 15
STEP_AFTER_SECONDS = 6.0
EARLY = timedelta(seconds=1)
"""So far apart two processes may see the database's clock on a busy machine."""


@dataclass(frozen=True)
class Skewed:
    """A stack whose services have clocks that can be set."""

    stack: Stack
    folder: Path

    def set_clocks(self, turn: int) -> None:
        """Another clock for each service."""
        for place, name in enumerate(ServiceName):
            seconds, frozen = WRONGS[(place + turn) % len(WRONGS)]
            skewed.set_clock(self.folder, name, seconds, frozen=frozen)


@pytest.fixture(scope="module")
def clocks(tmp_path_factory: pytest.TempPathFactory, leases: dict[str, str]) -> Iterator[Skewed]:
    """No service ever knows the right time."""
    folder = tmp_path_factory.mktemp("clocks")
    with ExitStack() as context:
        for place, name in enumerate(ServiceName):
            seconds, frozen = WRONGS[place]
            skewed.set_clock(folder, name, seconds, frozen=frozen)
        chosen = {**FOR_TESTS, **leases, **HURRIED, skewed.VARIABLE: str(folder)}
        context.enter_context(mock.patch.dict(os.environ, chosen))
        settings = of_tests(tmp_path_factory.mktemp("skewed"))
        stack = context.enter_context(Stack.running(settings, run_by=["-P", skewed.__file__]))
        yield Skewed(stack, folder)


class Watch:
    """Looks at the database, by its own clock."""

    def __init__(self, admin: asyncpg.Connection) -> None:
        self._admin = admin
        self._lock = asyncio.Lock()

    async def now(self) -> datetime:
        """What time it is."""
        moment: datetime = (await self._row("SELECT clock_timestamp()"))[0]
        return moment

    async def seen(self, table: str, id: str, status: Sequence[str], *columns: str) -> tuple[Any, ...]:
        """When a row was first seen in one of these states, and its ``columns`` then."""
        key = "task_id" if table == "task.budgets" else "id"
        chosen = ", ".join(["status", *columns, "clock_timestamp()"])
        query = f"SELECT {chosen} FROM {table} WHERE {key} = $1"
        found: list[Any] = []

        async def is_there() -> bool:
            row = await self._row(query, id)
            found[:] = row[1:]
            return row[0] in status

        await eventually(is_there, seconds=60, every=0.05)
        *values, moment = found
        return (moment, *values)

    async def _row(self, query: str, *values: Any) -> Any:
        async with self._lock:
            return await self._admin.fetchrow(query, *values)


async def a_drop(arena: Arena, watch: Watch) -> None:
    """It closes by its clock, and then pays; a claim on it that is not used expires."""
    sender, worker = await arena.sign_up("Sender", cents=100), await arena.sign_up("Worker")
    idle, late = await arena.sign_up("Idle"), await arena.sign_up("Late")
    began = await watch.now()
    drop = await opened(sender, await run(sender, time_limit_seconds=OPEN_SECONDS))
    closes_at = datetime.fromisoformat(drop["closes_at"])
    asked_for = began + timedelta(seconds=OPEN_SECONDS)
    assert asked_for - EARLY < closes_at < await watch.now() + timedelta(seconds=OPEN_SECONDS) + EARLY
    await idle.post(f"/api/jobs/{drop['id']}/claim")
    await submit(worker, drop["id"])
    closed, expired = await asyncio.gather(
        watch.seen("task.drops", drop["id"], ["ranking", "verified"]), _claim_ends(sender, watch, drop["id"])
    )
    assert expired < closed[0]
    assert closed[0] > closes_at - EARLY
    with pytest.raises(Refused, match="404 NOT_FOUND"):  # what is over is for those who took part
        await submit(late, drop["id"])
    await balance_becomes(worker, 100)


async def _claim_ends(sender: Party, watch: Watch, drop_id: str) -> datetime:
    """When the place of who does nothing was seen to be free."""

    async def is_free() -> bool:
        return bool((await sender.get(f"/api/jobs/{drop_id}"))["claims_count"] == 1)

    await eventually(is_free, every=0.05)
    return await watch.now()


async def a_task(arena: Arena, watch: Watch) -> None:
    """Its deadline is kept to the moment, names are hidden until then, and its budget waits for the review."""
    poster, ada, bob = [await arena.sign_up(name) for name in ("Poster", "Ada", "Bob")]
    await poster.deposit(10_000)
    deadline = await watch.now() + timedelta(seconds=OPEN_SECONDS)
    draft = await poster.create_task(escrow=True, budget_cents=10_000, deadline=deadline.isoformat())
    path = f"/api/v1/tasks/{draft['id']}"
    await poster.post(f"{path}/publish")
    await ada.quick_submit(draft["id"], THOROUGH)
    revealed, settled, passed = await asyncio.gather(
        _revealed(bob, path, watch),
        watch.seen("task.budgets", draft["id"], ["settling", "paid"], "settles_at"),
        watch.seen("task.tasks", draft["id"], ["evaluating", "closed"]),
    )
    assert revealed > deadline - EARLY
    assert passed[0] > deadline - EARLY
    settled_at, settles_at = settled
    assert settles_at > deadline + timedelta(seconds=2) - EARLY
    assert settled_at > settles_at - EARLY
    with pytest.raises(Refused):
        await bob.quick_submit(draft["id"], CARELESS)
    await balance_becomes(ada, 10_000)


async def _revealed(reader: Party, path: str, watch: Watch) -> datetime:
    async def is_revealed() -> bool:
        return bool((await reader.get(f"{path}/leaderboard"))["revealed"])

    await eventually(is_revealed, seconds=60, every=0.05)
    return await watch.now()


async def a_cap(arena: Arena, watch: Watch) -> None:
    """A key's day is the database's, so it does not begin anew because a clock was set."""
    owner = await arena.sign_up("Owner", cents=1000)
    account = {"payout_method": "stripe_usd", "payout_address": "acct_1"}
    (await owner.http.put("/api/v1/wallet", json=account)).raise_for_status()
    made = await owner.post("/api/api-keys", {"name": "shopper", "daily_spend_cap_cents": 100})
    headers = {"Authorization": f"Bearer {made['api_key']}"}

    async def withdraw() -> int:
        body, path = {"amount_cents": 60}, "/api/v1/wallet/withdrawals"
        return (await owner.http.post(path, json=body, headers=headers)).status_code

    today = (await watch.now()).date()
    first = await withdraw()
    await asyncio.sleep(OPEN_SECONDS)
    second = await withdraw()
    is_the_same_day = (await watch.now()).date() == today
    assert (first, second) == (201, 409 if is_the_same_day else 201)


async def balance_becomes(party: Party, cents: int) -> None:
    async def is_there() -> bool:
        return bool((await party.balance())["available_cents"] == cents)

    await eventually(is_there)


@pytest.mark.parametrize("turn", range(0, len(WRONGS) + 1, 2))
async def test_time_is_the_databases_whatever_clocks_say(clocks: Skewed, turn: int) -> None:
    clocks.set_clocks(turn)
    arena, admin = Arena(clocks.stack), await asyncpg.connect(clocks.stack.database_dsn)
    watch = Watch(admin)

    async def step() -> None:
        await asyncio.sleep(STEP_AFTER_SECONDS)
        clocks.set_clocks(turn + 1)

    try:
        stories = (a_drop(arena, watch), a_task(arena, watch), a_cap(arena, watch))
        await asyncio.gather(step(), *stories)
        checkers.versions_rise(await everything_told(clocks.stack))
        await checkers.ledger_adds_up(clocks.stack)
        await checkers.wishes_are_followed(clocks.stack)
    finally:
        await admin.close()
        await arena.close()
