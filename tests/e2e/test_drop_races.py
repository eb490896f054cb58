"""Paying, cancelling, claiming, submitting, expiry and the clock race for drops over HTTP: no double pay, no lost cent."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from functools import partial

import asyncpg
import httpx2

from joust_embedded.bounty.client import Json, Party
from joust_embedded.stack import Stack
from tests.conftest import FOR_TESTS
from tests.support import checkers
from tests.support.arena import Arena, eventually
from tests.support.dropping import ANSWER, OVER, open_drop, over

DROPS = 4
"""Of each kind, all at the same time."""
CENTS = 100
RUN = {"prompt": "Name a colour", "confirmed": True, "price_cents": CENTS}
CRON = {"Authorization": f"Bearer {FOR_TESTS['JOUST_GATEWAY_CRON_SECRET']}"}
MAY_BE = {200, 201, 202, 400, 402, 404, 409}
"""Done, under way, or a documented refusal; anything else is a mistake."""


async def test_paying_and_cancelling_at_once_holds_or_returns_the_bounty_once(
    arena: Arena, stack: Stack
) -> None:
    sender = await arena.sign_up("Sender")
    unpaid = [(await sender.http.post("/api/jobs/run", json=RUN)).json() for _ in range(DROPS)]
    await sender.deposit(2 * CENTS)

    async def race(drop: Json) -> None:
        path = f"/api/jobs/{drop['id']}"
        pay, cancel = (partial(sender.http.post, f"{path}/{deed}") for deed in ("pay", "cancel"))
        await all_at_once(pay, pay, pay, cancel)

    await asyncio.gather(*map(race, unpaid))
    drops = [await sender.get(f"/api/jobs/{drop['id']}") for drop in unpaid]
    assert {drop["status"] for drop in drops} <= {"cancelled", "open"}
    for drop in drops:
        if drop["status"] == "open":
            await sender.post(f"/api/jobs/{drop['id']}/cancel")
    await have_together([sender], 2 * CENTS)
    await checkers.wishes_are_followed(stack)


async def test_submitting_cancelling_expiry_and_the_clock_at_once_pay_or_refund_each_drop_once(
    arena: Arena, stack: Stack
) -> None:
    sender, idler, *workers = await asyncio.gather(
        *(arena.sign_up(name) for name in ("Sender", "Idler", "Ada", "Bob", "Cid"))
    )
    drops = [await open_drop(sender, price_cents=CENTS) for _ in range(DROPS)]
    await asyncio.gather(*(idler.post(f"/api/jobs/{drop['id']}/claim") for drop in drops))
    admin = await asyncpg.connect(stack.database_dsn)

    async def race(number: int, drop: Json) -> None:
        path = f"/api/jobs/{drop['id']}"
        steps = [
            *(partial(worker.http.post, f"{path}/submit", json={"text": ANSWER}) for worker in workers),
            *(partial(worker.http.post, f"{path}/claim") for worker in workers),
            *(partial(sender.http.post, f"{path}/cancel") for _ in range(2)),
            partial(sender.http.get, "/api/cron/enforce-deadlines", headers=CRON),
        ]
        # Half of them end by their clock in the midst.
        await all_at_once(*steps[number % len(steps) :], *steps[: number % len(steps)])
        await time_is_over(admin, lock, drop["id"], closes=number % 2 == 0)

    lock = asyncio.Lock()
    try:
        await asyncio.gather(*(race(number, drop) for number, drop in enumerate(drops)))
        ended = await asyncio.gather(*(over(sender, drop["id"]) for drop in drops))
    finally:
        await admin.close()
    assert {drop["status"] for drop in ended} <= OVER
    await have_together([sender, idler, *workers], DROPS * CENTS)
    await checkers.ledger_adds_up(stack)
    await checkers.wishes_are_followed(stack)
    earned = sum([(await worker.balance())["available_cents"] for worker in workers])
    assert earned == CENTS * sum(drop["status"] == "verified" for drop in ended)


async def asked(send: Callable[[], Awaitable[httpx2.Response]]) -> httpx2.Response:
    """The answer; a 503 says that nothing was changed, and a client asks again."""
    async with asyncio.timeout(30):
        while (answer := await send()).status_code == httpx2.codes.SERVICE_UNAVAILABLE:
            await asyncio.sleep(0.2)
    return answer


async def all_at_once(*requests: Callable[[], Awaitable[httpx2.Response]]) -> None:
    """Fails unless each is answered, and as documented."""
    answers = await asyncio.gather(*map(asked, requests))
    wrong = [f"{answer.status_code} {answer.text}" for answer in answers if answer.status_code not in MAY_BE]
    assert wrong == []


async def time_is_over(admin: asyncpg.Connection, lock: asyncio.Lock, drop_id: str, *, closes: bool) -> None:
    """Claims on the drop have expired, and maybe its window has ended; the services do the rest."""
    async with lock, admin.transaction():
        await admin.execute(
            "UPDATE task.drop_claims SET expires_at = now() - interval '1 minute' WHERE drop_id = $1"
            " AND state = 'active'",
            drop_id,
        )
        if closes:
            await admin.execute("UPDATE task.drops SET closes_at = now() WHERE id = $1", drop_id)
        await admin.execute(
            "UPDATE task.task_jobs SET next_attempt_at = now()"
            " WHERE queue = ANY($2) AND position($1::text IN convert_from(payload, 'UTF8')) > 0",
            drop_id,
            ["expire_claim", *(["close_drop"] if closes else [])],
        )
        await admin.execute("SELECT pg_notify('outbox_task_jobs', 'close_drop')")
        await admin.execute("SELECT pg_notify('outbox_task_jobs', 'expire_claim')")


async def have_together(parties: Iterable[Party], cents: int) -> None:
    """Wait until nothing is held; fails if a cent is missing or too many."""
    owners = list(parties)

    async def is_released() -> bool:
        return not any([(await party.balance())["held_cents"] for party in owners])

    await eventually(is_released, seconds=60)
    assert sum([(await party.balance())["available_cents"] for party in owners]) == cents
