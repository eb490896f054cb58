"""Row F18: lines that swallow everything and say nothing, between a service and whatever it needs, and long lines that
lose one portion in twenty. Whoever asks is answered in time, and afterwards nothing is left over.

Every route of the API is asked, by a caller who may ask it, about something that is there.
"""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Container, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import NamedTuple

import httpx2
import pytest

from joust_contracts.services import ServiceName
from joust_embedded.stack import Stack
from tests.authorisation.calls import Calls
from tests.authorisation.cast import Cast, Thing
from tests.authorisation.table import ABSENT, MALFORMED, Route, Row, read_table
from tests.support.arena import Arena, eventually
from tests.support.fault_proxy import Direction, FaultProxy
from tests.support.freezing import frozen
from tests.support.lines import ALL, DATABASE, STORAGE, Line, laid

pytestmark = [pytest.mark.faults, pytest.mark.campaign]
KAFKA = "kafka"
SERVICE_SECONDS = 3.0
"""What the gateway grants a service here, and a service a file."""
LIMITS = {
    "JOUST_GATEWAY_SERVICE_TIMEOUT_SECONDS": str(SERVICE_SECONDS),
    "JOUST_GATEWAY_UPLOAD_TIMEOUT_SECONDS": str(SERVICE_SECONDS),
    "JOUST_GATEWAY_INTAKE_TIMEOUT_SECONDS": str(SERVICE_SECONDS),
    "JOUST_GATEWAY_SUBMIT_TIMEOUT_SECONDS": str(SERVICE_SECONDS),
    "JOUST_GATEWAY_WORKSPACE_TRANSFER_TIMEOUT_SECONDS": str(SERVICE_SECONDS),
    "JOUST_GATEWAY_STREAM_OPENING_PATIENCE_SECONDS": "1",
    "JOUST_GATEWAY_OUTCOME_WAIT_SECONDS": "0",
    "JOUST_SUBMISSION_INTAKE_TIMEOUT_SECONDS": str(SERVICE_SECONDS),
    "JOUST_SUBMISSION_SUBMIT_TIMEOUT_SECONDS": str(SERVICE_SECONDS),
    "JOUST_SUBMISSION_WORKSPACE_TRANSFER_TIMEOUT_SECONDS": str(SERVICE_SECONDS),
}
ANSWERED_SECONDS = 2 * SERVICE_SECONDS
"""An answer is put together from at most two that are waited for one after another; a stream asks anew for a second."""
LONG_LINES_SECONDS = 10.0
"""Each of an answer's statements has its 1.5 s."""
AT_ONCE = 12
LOOKS = 6
ROWS = read_table()
EVERY = frozenset(row.route for row in ROWS)
WORKS_AGAIN_SECONDS = 60.0
UNSEEN = {Line("all", KAFKA), Line("task", STORAGE), Line("evaluation", STORAGE)}
"""None of the answers that are asked for waits for these: links are signed without asking, artifacts read by jobs."""
HOLES = {
    "storage, and half of the services": [
        *(line for line in ALL if line.needs == STORAGE),
        *(Line("gateway", name) for name in ("ranking", "wallet", "webhook")),
    ],
    "the other services, and databases": [
        *(Line("gateway", name) for name in ("task", "submission", "evaluation")),
        *(Line(name, DATABASE) for name in ("ranking", "wallet", "webhook")),
    ],
    "databases of the others, and Kafka": [
        *(Line(name, DATABASE) for name in ("task", "submission", "evaluation")),
        Line("all", KAFKA),
    ],
    "the gateway's database": [Line("gateway", DATABASE)],
}
"""What no request needs together can be away at the same time, so that each is missed by somebody."""


class Given(NamedTuple):
    """An answer to one route."""

    route: Route
    status: int
    retry_after: str | None
    seconds: float
    """Longer than an answer for which nothing is needed, at the same moment: how busy the machine is, is no part of
    the promise."""


class LeftOver(NamedTuple):
    """What a service has under way, by its own metrics."""

    tasks: int
    connections: int
    """To PostgreSQL, in use."""


@dataclass(frozen=True)
class Asked:
    """A request that is answered well while all is well."""

    route: Route
    thing: Thing
    caller: str


class Scene:
    """The stack behind its lines, and who asks it for everything."""

    def __init__(self, stack: Stack, lines: dict[Line, FaultProxy], cast: Cast, calls: Calls) -> None:
        self.stack = stack
        self.lines = lines
        self._cast = cast
        self._calls = calls
        self._asked: list[Asked] = []
        self.before: dict[str, LeftOver] = {}
        """What is there while nobody asks."""

    async def prepare(self) -> None:
        """Make what is asked for, and ask for all of it."""
        for row in one_row_for_each_route():
            caller = next(name for name, cell in row.cells.items() if not cell.is_refusal)
            self._asked.append(Asked(row.route, await self._cast.thing(row.thing, fresh=False), caller))
        await self.is_well()
        self.before = await self.left_over()
        for _ in range(LOOKS):
            await asyncio.sleep(0.2)
            self.before = least(self.before, await self.left_over())

    async def is_well(self) -> None:
        """Wait until every route was answered well."""
        refused = await self.ask()
        async with asyncio.timeout(WORKS_AGAIN_SECONDS):
            while refused := [each for each in refused if each.status >= 500]:
                await asyncio.sleep(0.2)
                refused = await self.ask({each.route for each in refused})

    async def ask(self, routes: Container[Route] = EVERY) -> list[Given]:
        """Each route once, some at a time."""
        places = asyncio.Semaphore(AT_ONCE)

        async def one(asked: Asked) -> Given:
            async with places:
                return await self._ask(asked)

        return list(await asyncio.gather(*(one(each) for each in self._asked if each.route in routes)))

    async def _ask(self, asked: Asked) -> Given:
        method, path, params, body, form = self._calls.request(asked.route, asked.thing.ids)
        http = self._cast.parties[asked.caller].http
        request = http.build_request(method, path, params=params, json=body, **form)
        (took, answer), (took_alive, _) = await asyncio.gather(
            clocked(http, request), clocked(http, http.build_request("GET", "/livez"))
        )
        retry_after = answer.headers.get("retry-after")
        return Given(asked.route, answer.status_code, retry_after, took - took_alive)

    async def left_over(self) -> dict[str, LeftOver]:
        """What is there now, by service."""
        urls = self.stack.urls
        seen = await asyncio.gather(*map(left_over, urls.values()))
        return dict(zip(urls, seen, strict=True))

    @contextmanager
    def black_holes(self, lines: Sequence[Line]) -> Iterator[None]:
        """Nothing comes through them."""
        with ExitStack() as faults:
            for line in lines:
                if line.needs == KAFKA:
                    faults.enter_context(frozen(self.stack.pid("kafka")))
                else:
                    faults.enter_context(self.lines[line].black_hole())
            yield

    @contextmanager
    def long_and_lossy(self, lines: Sequence[Line]) -> Iterator[None]:
        """Half a second there and back, and one portion of bytes in twenty is lost on its way."""
        with ExitStack() as faults:
            for line in lines:
                faults.enter_context(self.lines[line].delay(Direction.UP, 500))
                for direction in Direction:
                    faults.enter_context(self.lines[line].lossy(direction, 0.05))
            yield


@pytest.fixture(scope="module")
async def scene(young_stack: Stack) -> AsyncIterator[Scene]:
    async with laid(young_stack, LIMITS) as lines:
        arena = Arena(young_stack)
        async with httpx2.AsyncClient(base_url=arena.url, timeout=60) as http:
            document = (await http.get("/openapi.json")).json()
        opened = Scene(young_stack, lines, await Cast.on(arena), Calls(document))
        await opened.prepare()
        yield opened
        await arena.close()


@pytest.mark.parametrize("name", HOLES)
async def test_a_black_hole_keeps_nobody_waiting_and_leaves_nothing_behind(scene: Scene, name: str) -> None:
    await falls_into(scene, HOLES[name])


@pytest.mark.parametrize("line", [*ALL, Line("all", KAFKA)], ids=" - ".join)
async def test_a_black_hole_alone(scene: Scene, line: Line) -> None:
    await falls_into(scene, [line])


async def test_long_lines_that_lose_bytes_to_services_and_storage_are_waited_for_or_answered_for(
    scene: Scene,
) -> None:
    with scene.long_and_lossy([line for line in ALL if line.needs != DATABASE]):
        given = await scene.ask()
    report("long lines to services and storage", given)
    all_in_time(given, ANSWERED_SECONDS)
    await is_well_again(scene)


async def test_databases_behind_long_lines_that_lose_bytes_are_answered_for_in_time(scene: Scene) -> None:
    with scene.long_and_lossy([line for line in ALL if line.needs == DATABASE]):
        given = await scene.ask()
    report("long lines to databases", given)
    all_in_time(given, LONG_LINES_SECONDS)
    await is_well_again(scene)


async def falls_into(scene: Scene, lines: Sequence[Line]) -> None:
    """Everything is asked while nothing comes through the lines, and once more after that."""
    with scene.black_holes(lines):
        given = await scene.ask()
    report(", ".join(map(" - ".join, lines)), given)
    all_in_time(given, ANSWERED_SECONDS)
    if not UNSEEN.issuperset(lines):
        assert any(each.status == 503 for each in given), "nobody has missed it"
    await is_well_again(scene)


def all_in_time(given: Sequence[Given], limit_seconds: float) -> None:
    """Fails unless each is answered within the limit, and told when to come back if it can't be answered well."""
    assert [each for each in given if each.seconds > limit_seconds] == []
    failed = [each for each in given if each.status >= 500]
    assert [each for each in failed if each.status != 503 or not each.retry_after] == []


async def is_well_again(scene: Scene) -> None:
    """Everything is answered again, and no task and no connection is there that was not there before."""
    await scene.is_well()
    after = await scene.left_over()

    async def nothing_left() -> bool:
        nonlocal after
        after = least(after, await scene.left_over())
        return least(after, scene.before) == after

    try:
        await eventually(nothing_left, seconds=WORKS_AGAIN_SECONDS, every=0.2)
    except TimeoutError:
        assert after == scene.before


def least(one: Mapping[str, LeftOver], other: Mapping[str, LeftOver]) -> dict[str, LeftOver]:
    """What was there both times: services always have something to look after."""
    return {
        name: LeftOver(
            min(one[name].tasks, other[name].tasks), min(one[name].connections, other[name].connections)
        )
        for name in one
    }


def one_row_for_each_route() -> list[Row]:
    """About something that is there, and that somebody may ask for."""
    rows: dict[Route, Row] = {}
    for row in ROWS:
        allowed = any(not cell.is_refusal for cell in row.cells.values())
        if allowed and row.thing not in {ABSENT, MALFORMED}:
            rows.setdefault(row.route, row)
    return list(rows.values())


async def clocked(http: httpx2.AsyncClient, request: httpx2.Request) -> tuple[float, httpx2.Response]:
    """Seconds until the whole answer was there; a stream is left as soon as it has begun."""
    began = time.monotonic()
    answer = await http.send(request, stream=True)
    try:
        if not answer.headers.get("content-type", "").startswith("text/event-stream"):
            await answer.aread()
        return time.monotonic() - began, answer
    finally:
        await answer.aclose()


async def left_over(url: str) -> LeftOver:
    async with httpx2.AsyncClient(base_url=url, timeout=60) as http:
        told = (await http.get("/metrics")).text
    values = dict(line.rsplit(" ", 1) for line in told.splitlines() if not line.startswith("#"))
    in_use = 'joust_database_connections{state="in_use"}'
    return LeftOver(int(float(values["joust_tasks"])), int(float(values[in_use])))


def report(what: str, given: Sequence[Given]) -> None:
    """Print how many were answered well, and how late the last answer was."""
    statuses = Counter(each.status for each in given)
    slowest = max(given, key=lambda each: each.seconds)
    print(
        f"{what}: {len(given)} routes, {statuses[503]} refused for now, the last answer after {slowest.seconds:.1f} s"
        f" ({slowest.route})"
    )


def test_every_service_has_a_line_to_its_database_and_from_the_gateway() -> None:
    assert {line.service for line in ALL if line.needs == DATABASE} == {each.value for each in ServiceName}
    held = {line for lines in HOLES.values() for line in lines}
    assert held == {*ALL, Line("all", KAFKA)}
