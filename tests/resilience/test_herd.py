"""Row F22: ten thousand deliveries become due in one second, and the leases of five thousand jobs end in the same one.

Whatever the webhook service plans waits, by a trigger, until all of it is there, and is then due at one moment. The
jobs with leases are timers of the task service that a worker took and never came back from; they are about drops that
nobody knows, so that looking is all they do.
"""

import json
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from itertools import count
from typing import NamedTuple
from uuid import UUID, uuid4

import asyncpg
import pytest
from aiohttp import web
from aiokafka import AIOKafkaProducer

from joust_embedded.bounty.client import Party
from joust_embedded.stack import Stack
from joust_kit.testing.component import message_from
from joust_task.drops.timers import expire_claim
from tests.performance.loadclient import open_loop
from tests.performance.rounds import Sample
from tests.support.arena import Arena, eventually
from tests.support.deals import a_deal
from tests.support.receivers import receiving

pytestmark = pytest.mark.faults
API_CALLS_A_SECOND = 10.0
SLOWER_AT_MOST = 2.0
"""The API's p99 beside the herd, in units of that without it."""
BACK_A_SECOND = 36
"""Of one endpoint that fails come back 20 put-off attempts a second, give or take their jitter, and those eight at
most that were made at the same moment."""
LATER = timedelta(days=1)


class Herd(NamedTuple):
    """How much becomes due at once, and for how long the API is asked meanwhile."""

    endpoints: int
    """Half of them fail until the API was asked."""
    events: int
    leases: int
    measured_seconds: float
    to_the_end_seconds: float

    @property
    def deliveries(self) -> int:
        return self.endpoints * self.events


class Crowd:
    """A server for all endpoints; half of them answer 503 until it is well."""

    def __init__(self) -> None:
        self.url = ""
        self.is_well = False
        self.attempts = 0
        self.came: set[tuple[str, str]] = set()

    async def take(self, request: web.Request) -> web.Response:
        await request.read()
        self.attempts += 1
        endpoint = request.match_info["endpoint"]
        if int(endpoint) % 2 and not self.is_well:
            return web.Response(status=503)
        self.came.add((endpoint, request.headers["webhook-id"]))
        return web.Response(status=204)


@asynccontextmanager
async def crowd() -> AsyncIterator[Crowd]:
    opened = Crowd()
    async with receiving(opened.take) as opened.url:
        yield opened


async def test_what_is_due_at_one_moment_is_spread_and_done_and_the_api_goes_on(young_stack: Stack) -> None:
    await comes(young_stack, Herd(4, 100, 200, measured_seconds=5, to_the_end_seconds=120))


@pytest.mark.campaign
async def test_ten_thousand_deliveries_and_five_thousand_leases_hardly_slow_the_api(
    young_stack: Stack,
) -> None:
    herd = Herd(20, 500, 5_000, measured_seconds=20, to_the_end_seconds=900)
    quiet, busy = await comes(young_stack, herd)
    assert busy.p99_ms <= SLOWER_AT_MOST * max(each.p99_ms for each in quiet)


async def comes(stack: Stack, herd: Herd) -> tuple[list[Sample], Sample]:
    """How quickly the API answers before and after the herd, and beside it. Each of its calls must be answered well."""
    arena = Arena(stack)
    admin = await asyncpg.connect(stack.database_dsn)
    poster = await arena.sign_up("Poster")
    asked = api_call(poster)
    async with crowd() as server:
        for number in range(herd.endpoints):
            await poster.register_webhook(f"{server.url}/{number}", ["deal.created"])
        await open_loop(asked, API_CALLS_A_SECOND, 1)
        quiet = [await open_loop(asked, API_CALLS_A_SECOND, herd.measured_seconds)]
        async with all_is_planned_for_later(admin):
            await tell(stack, UUID(poster.account_id), herd.events)
            await eventually(lambda: planned(admin, herd.deliveries), seconds=herd.to_the_end_seconds)
        await due_together(admin, stack, herd.leases)
        busy = await open_loop(asked, API_CALLS_A_SECOND, herd.measured_seconds)
        spread = await planned_by_second(admin)
        server.is_well = True
        await eventually(lambda: all_came(server, herd.deliveries), seconds=herd.to_the_end_seconds)
        await eventually(lambda: none_leased(admin), seconds=herd.to_the_end_seconds)
        quiet.append(await open_loop(asked, API_CALLS_A_SECOND, herd.measured_seconds))
    await admin.close()
    await arena.close()
    without = ", ".join(f"{each.p99_ms:.0f}" for each in quiet)
    print(
        f"API p99 {busy.p99_ms:.0f} ms beside the herd, {without} ms without; p50 {busy.p50_ms:.0f} and {quiet[0].p50_ms:.0f};"
        f" {server.attempts} attempts at {herd.deliveries} deliveries; meanwhile {spread.total()} waited, at most"
        f" {max(spread.values(), default=0)} for one second"
    )
    assert max(spread.values(), default=0) <= BACK_A_SECOND * herd.endpoints // 2
    return quiet, busy


def api_call(party: Party) -> Callable[[], Awaitable[None]]:
    """A read or a write, in turn, without patience."""
    turn = count()

    async def ask() -> None:
        if next(turn) % 2:
            await party.balance()
        else:
            await party.create_task()

    return ask


@asynccontextmanager
async def all_is_planned_for_later(admin: asyncpg.Connection) -> AsyncIterator[None]:
    """Whatever the webhook service plans meanwhile waits."""
    await admin.execute(
        "CREATE FUNCTION webhook.later() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN NEW.next_attempt_at := now() + interval '{LATER.days} days'; RETURN NEW; END $$"
    )
    await admin.execute("GRANT EXECUTE ON FUNCTION webhook.later() TO joust_webhook")
    await admin.execute(
        "CREATE TRIGGER later BEFORE INSERT ON webhook.webhook_jobs FOR EACH ROW EXECUTE FUNCTION webhook.later()"
    )
    try:
        yield
    finally:
        await admin.execute("DROP TRIGGER later ON webhook.webhook_jobs")
        await admin.execute("DROP FUNCTION webhook.later()")


async def due_together(admin: asyncpg.Connection, stack: Stack, leases: int) -> None:
    """All that waits is due now, and so are jobs of a worker that died, whose leases end now."""
    limit = float(stack.env["task"].get("JOUST_TASK_JOB_LONGEST_LEASE_SECONDS", 60))
    lease = timedelta(seconds=expire_claim.within(limit).lease_seconds)
    body = "json_build_object('drop_id', gen_random_uuid(), 'account_id', gen_random_uuid())::text"
    headers = {"content-type": "application/json", "correlation_id": str(uuid4())}
    async with admin.transaction():
        await admin.execute(
            "INSERT INTO task.task_jobs (queue, payload, headers, acquired_at, acquired_token)"
            f" SELECT $1, convert_to({body}, 'UTF8'), $2, now() - $3::interval, gen_random_uuid() FROM generate_series(1, $4)",
            expire_claim.queue,
            json.dumps(headers),
            lease,
            leases,
        )
        await admin.execute(
            "UPDATE webhook.webhook_jobs SET next_attempt_at = now() WHERE queue = 'deliver' AND next_attempt_at > now() + $1",
            LATER / 2,
        )
        await admin.execute("SELECT pg_notify('outbox_webhook_jobs', 'deliver')")


async def tell(stack: Stack, account_id: UUID, events: int) -> None:
    """Deals that nobody made, told to the webhook service."""
    producer = AIOKafkaProducer(bootstrap_servers=stack.kafka_bootstrap, enable_idempotence=True, acks="all")
    await producer.start()
    try:
        for _ in range(events):
            message = message_from(a_deal(account_id))
            headers = [(name, value.encode()) for name, value in message.headers.items()]
            await producer.send(message.topic, message.value, message.key, headers=headers)
    finally:
        await producer.stop()


async def planned(admin: asyncpg.Connection, deliveries: int) -> bool:
    query = (
        "SELECT count(*) FROM webhook.webhook_jobs WHERE queue = 'deliver' AND next_attempt_at > now() + $1"
    )
    return int(await admin.fetchval(query, LATER / 2)) >= deliveries


async def planned_by_second(admin: asyncpg.Connection) -> Counter[int]:
    """How many attempts wait for each second to come."""
    rows = await admin.fetch(
        "SELECT next_attempt_at AS at FROM webhook.webhook_jobs WHERE queue = 'deliver' AND next_attempt_at > now()"
    )
    return Counter(int(row["at"].timestamp()) for row in rows)


async def all_came(server: Crowd, deliveries: int) -> bool:
    return len(server.came) >= deliveries


async def none_leased(admin: asyncpg.Connection) -> bool:
    query = "SELECT NOT EXISTS (SELECT FROM task.task_jobs WHERE queue = $1 AND acquired_token IS NOT NULL)"
    return bool(await admin.fetchval(query, expire_claim.queue))
