"""What each step of a bounty costs in counts that no noise can touch, against what it may cost.

``budget.json`` holds, for each step, the SQL statements of each service (its own part, and what it does when
it hears of the step's events), the requests from the gateway to services, and the events. A test measures
them on a running stack and fails on growth. ``make budget`` writes the file anew; look at its difference.
"""

import asyncio
import json
import re
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from uuid import uuid4

import asyncpg

from joust_contracts.services import ServiceName
from joust_embedded.stack import Stack
from tests.performance.counters import internal_requests, statements_since_reset
from tests.support.arena import Arena
from tests.support.checkers import events_are_complete, read_topic, wait_until_quiet

BUDGET = Path(__file__).with_name("budget.json")
TIMES = 12
"""How often each step is taken; what happens less often than every other time is not the step's."""
_TOLERANCE = 0.6
"""A race now and then decides who makes a row; a statement that is new comes each time."""

_BY_THE_CLOCK = re.compile(
    r"outbox\b.* ORDER BY id LIMIT|pg_current_snapshot|DELETE FROM \w+\.outbox|inbox_retries|_jobs|pg_try_advisory_lock|"
    r"SELECT \w+\.\w+\.version FROM|last_used_at|^SELECT \$1$|^SELECT 1$|^SELECT clock_timestamp|set_config|pg_catalog|^SET |^LISTEN|^UNLISTEN|"
    r"^DISCARD|^CLOSE|^RESET|^WITH newest AS"
)
"""Loops that read when there may be something to do, and waits for a version: as often as time allows."""


_CONSTANTS = re.compile(r"\$\d+|\b\d+\b|\bNULL\b|'[^']*'")
"""PostgreSQL sometimes shows a statement with its constants."""
_LIST = re.compile(r"IN \((\?.*)?$", re.DOTALL)
"""It shows a list as it was written if a connection had the statement ready before the count began, else folded."""


@dataclass(frozen=True)
class Cost:
    """What one step costs."""

    statements: dict[str, dict[str, float]]
    """SQL statements by service and statement."""
    internal_requests: float
    events: dict[str, float]
    """By type."""


Step = Callable[[], Awaitable[None]]


async def measure(stack: Stack) -> dict[str, Cost]:
    """The cost of each step; needs ``pg_stat_statements``, and a stack on which nothing else happens."""
    arena = Arena(stack)
    database = await asyncpg.connect(stack.database_dsn)
    try:
        await database.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
        return {name: await _cost(stack, database, turns) for name, turns in (await _steps(arena)).items()}
    finally:
        await database.close()
        await arena.close()


async def _steps(arena: Arena) -> Mapping[str, list[Step]]:
    """Each step with its turns, in the order of a bounty; parties and tasks are made before."""
    posters = [await arena.sign_up("Poster") for _ in range(TIMES)]
    agents = [await arena.sign_up("Agent") for _ in range(TIMES)]
    tasks: list[str] = [""] * TIMES
    submissions: list[str] = [""] * TIMES

    def turns(step: Callable[[int], Awaitable[object]]) -> list[Step]:
        async def turn(number: int) -> None:
            await step(number)

        return [lambda number=number: turn(number) for number in range(TIMES)]  # type: ignore[misc]

    async def create(number: int) -> None:
        tasks[number] = (await posters[number].create_task(category=f"Budget {uuid4()}"))["id"]

    async def submit(number: int) -> None:
        made = await agents[number].quick_submit(tasks[number], {"main.py": "print('totals')"})
        submissions[number] = made["id"]

    return {
        "sign up": turns(lambda _: arena.sign_up("Someone")),
        "deposit": turns(lambda number: posters[number].deposit(10_000)),
        "read balance": turns(lambda number: posters[number].balance()),
        "create task": turns(create),
        "publish task": turns(lambda number: posters[number].publish(tasks[number])),
        "list tasks": turns(lambda number: agents[number].get("/api/v1/tasks")),
        "read task": turns(lambda number: agents[number].get(f"/api/v1/tasks/{tasks[number]}")),
        "submit, judge and rank": turns(submit),
        "read submission": turns(lambda number: agents[number].submission(submissions[number])),
        "read leaderboard": turns(lambda number: agents[number].leaderboard(tasks[number])),
        "close task": turns(lambda number: posters[number].close_task(tasks[number])),
        "make deal": turns(
            lambda number: posters[number].deal(tasks[number], agents[number].agent_id, 10_000)
        ),
    }


async def _cost(stack: Stack, database: asyncpg.Connection, turns: list[Step]) -> Cost:
    await wait_until_quiet(stack)
    requests, events = await internal_requests(stack), await _events(stack)
    await database.fetchval("SELECT pg_stat_statements_reset()")
    for turn in turns:
        await turn()
    requests = await internal_requests(stack) - requests
    await wait_until_quiet(stack)
    events = await _handled_events(stack) - events
    roles = [f"joust_{name}" for name in ServiceName]
    statements: dict[str, dict[str, float]] = {}
    for each in await statements_since_reset(database, roles, len(turns)):
        if not _BY_THE_CLOCK.search(each.query):
            of_service = statements.setdefault(each.role.removeprefix("joust_"), {})
            query = _name_of(_CONSTANTS.sub("?", each.query)[:120])
            of_service[query] = round(of_service.get(query, 0) + each.per_request, 2)
    told = {type: round(count / len(turns), 2) for type, count in sorted(events.items())}
    return Cost(statements, round(requests / len(turns), 2), told)


def _name_of(query: str) -> str:
    return _LIST.sub("IN (?)", query)[:120]


async def _events(stack: Stack) -> Counter[str]:
    topics = await asyncio.gather(*(read_topic(stack.kafka_bootstrap, name.topic) for name in ServiceName))
    return Counter(message.wire_type for messages in topics for message in messages)


async def _handled_events(stack: Stack) -> Counter[str]:
    """The events in the topics once those who listen to them have handled them."""
    return Counter(message.wire_type for message in await events_are_complete(stack))


def what_grew(allowed: Mapping[str, Cost], measured: Mapping[str, Cost]) -> list[str]:
    """A line for each count that is higher than it may be, naming the step, the service and the statement."""
    grown = [f"{step}: has no budget" for step in measured.keys() - allowed.keys()]
    for step in allowed.keys() & measured.keys():
        before, now = allowed[step], measured[step]
        counts = [("requests from the gateway", before.internal_requests, now.internal_requests)]
        counts += [(f"event {type}", before.events.get(type, 0), count) for type, count in now.events.items()]
        for service, statements in now.statements.items():
            known = before.statements.get(service, {})
            counts += [(f"{service}: {query}", known.get(query, 0), n) for query, n in statements.items()]
            sums = sum(known.values()), sum(statements.values())
            counts.append((f"{service}: SQL statements in all", *sums))
        grown += [
            f"{step}: {name}: {now:g}, {was:g} allowed" for name, was, now in counts if now > was + _TOLERANCE
        ]
    return sorted(grown)


def read_budget() -> dict[str, Cost]:
    """What is allowed."""
    return {step: _named_alike(Cost(**cost)) for step, cost in json.loads(BUDGET.read_text()).items()}


def _named_alike(cost: Cost) -> Cost:
    statements: dict[str, dict[str, float]] = {}
    for service, counts in cost.statements.items():
        of_service = statements.setdefault(service, {})
        for query, count in counts.items():
            of_service[_name_of(query)] = of_service.get(_name_of(query), 0) + count
    return replace(cost, statements=statements)


def write_budget(measured: Mapping[str, Cost]) -> None:
    """Allow what was measured."""
    content = {step: asdict(cost) for step, cost in measured.items()}
    BUDGET.write_text(json.dumps(content, indent=2, sort_keys=True) + "\n")
