"""Counts that noise cannot touch: SQL statements, internal requests, outbox rows, CPU time."""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import aiohttp
import asyncpg
import psutil

from joust_embedded.stack import Stack
from tests.performance.rounds import Party, Sample

_OF_THE_RELAY = re.compile(r"outbox\b.* ORDER BY id LIMIT|DELETE FROM \w+\.outbox|pg_current_snapshot")


@dataclass(frozen=True)
class Statement:
    """A statement of one role, and how often a request caused it."""

    role: str
    query: str
    per_request: float


async def statements_per_request(
    database: asyncpg.Connection, roles: Sequence[str], ask: Callable[[], Awaitable[None]], times: int = 300
) -> list[Statement]:
    """What ``roles`` execute for each of ``times`` requests, one after another; BEGIN and COMMIT count too.

    Each is one round trip, because drivers have prepared them before. The relay's work and what runs by the
    clock (less than once in two requests) is left out.
    """
    for _ in range(20):
        await ask()
    await database.fetchval("SELECT pg_stat_statements_reset()")
    for _ in range(times):
        await ask()
    counted = await statements_since_reset(database, roles, times)
    return [each for each in counted if not _OF_THE_RELAY.search(each.query)]


async def statements_since_reset(
    database: asyncpg.Connection, roles: Sequence[str], times: int
) -> list[Statement]:
    """What ``roles`` executed at least once in two of ``times`` turns since the counters were reset."""
    rows = await database.fetch(
        "SELECT r.rolname, CASE WHEN s.query LIKE 'BEGIN%' THEN 'BEGIN' ELSE s.query END AS query, "
        "sum(s.calls) AS calls FROM pg_stat_statements s "
        "JOIN pg_roles r ON r.oid = s.userid WHERE r.rolname = ANY($1) GROUP BY 1, 2 ORDER BY 1, 2",
        list(roles),
    )
    counted = [
        Statement(row["rolname"], " ".join(row["query"].split()), float(row["calls"]) / times) for row in rows
    ]
    return [each for each in counted if each.per_request >= 0.5]


async def internal_requests(stack: Stack) -> int:
    """How many requests the services behind the gateway have answered."""
    total = 0.0
    async with aiohttp.ClientSession() as session:
        for name, url in stack.urls.items():
            if name == "gateway":
                continue
            async with session.get(f"{url}/metrics") as response:
                lines = (await response.text()).splitlines()
            total += sum(
                float(line.rpartition(" ")[2])
                for line in lines
                if line.startswith("joust_http_request_seconds_count{") and 'route="/internal' in line
            )
    return round(total)


def cpu_seconds(pids: Sequence[int]) -> float:
    """User and system time that processes took so far."""
    times = [psutil.Process(pid).cpu_times() for pid in pids]
    return sum(each.user + each.system for each in times)


def counting_cpu(pids: Sequence[int], party: Party) -> Party:
    """``party`` whose samples know what its processes took."""

    async def measured() -> Sample:
        before = cpu_seconds(pids)
        sample = await party()
        return sample.with_cpu(cpu_seconds(pids) - before)

    return measured
