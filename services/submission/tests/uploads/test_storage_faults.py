"""Storage that is down, refuses, is slow, is cut or lies (row F7): ``complete`` answers 503 and changes nothing."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx2
import pytest

from joust_contracts.services import ServiceName
from joust_kit.testing.component import ServiceUnderTest, an_actor
from services.submission.tests.uploads.conftest import Intake, sized
from tests.support.fault_proxy import Direction, FaultProxy, fault_proxy
from tests.support.parts import Parts

OpenService = Callable[..., Awaitable[ServiceUnderTest]]
PATIENCE_SECONDS = 2.0
ARTIFACT = sized(150_000)
REFUSAL = b"HTTP/1.1 503 Slow Down\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


@dataclass(frozen=True)
class Line:
    """The service, and what is between it and storage."""

    intake: Intake
    proxy: FaultProxy


@pytest.fixture(scope="module")
async def line(parts: Parts, open_service: OpenService) -> AsyncIterator[Line]:
    direct = parts.settings_of(ServiceName.SUBMISSION)["s3_endpoint_url"]
    at = urlsplit(direct)
    async with fault_proxy(at.hostname or "", at.port or 0) as proxy:
        service = await open_service(
            ServiceName.SUBMISSION,
            s3_endpoint_url=f"http://127.0.0.1:{proxy.port}",
            s3_public_url=direct,
            intake_timeout_seconds=PATIENCE_SECONDS,
        )
        yield Line(Intake(service), proxy)


@asynccontextmanager
async def down(proxy: FaultProxy) -> AsyncIterator[None]:
    async with proxy.cut():
        yield


@asynccontextmanager
async def refusing(proxy: FaultProxy) -> AsyncIterator[None]:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(REFUSAL)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    storage_port, proxy.target_port = proxy.target_port, server.sockets[0].getsockname()[1]
    proxy.reset_connections()
    try:
        yield
    finally:
        proxy.target_port = storage_port
        proxy.reset_connections()
        server.close()


@asynccontextmanager
async def silent(proxy: FaultProxy) -> AsyncIterator[None]:
    with proxy.black_hole():
        yield
    proxy.reset_connections()


@asynccontextmanager
async def slow(proxy: FaultProxy) -> AsyncIterator[None]:
    with proxy.slow(Direction.DOWN, bytes_per_second=20_000):
        yield
    proxy.reset_connections()


@asynccontextmanager
async def cut_in_the_middle(proxy: FaultProxy) -> AsyncIterator[None]:
    async def cut() -> None:
        await asyncio.sleep(0.7)
        proxy.reset_connections()

    with proxy.slow(Direction.DOWN, bytes_per_second=50_000):
        cutting = asyncio.create_task(cut())
        yield
        await cutting


@asynccontextmanager
async def one_byte_changed(proxy: FaultProxy) -> AsyncIterator[None]:
    with proxy.corrupt(Direction.DOWN, after_bytes=60_000):
        yield


FAULTS: list[Callable[[FaultProxy], AbstractAsyncContextManager[None]]] = [
    *(down, refusing, silent, slow, cut_in_the_middle, one_byte_changed),
]


def assert_unavailable(answer: httpx2.Response) -> None:
    assert answer.status_code == 503, answer.text
    assert answer.json()["error"]["code"] == "SERVICE_UNAVAILABLE"
    assert answer.headers["Retry-After"]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
async def test_complete_answers_503_in_time_changes_nothing_and_works_later(
    line: Line, fault: Callable[[FaultProxy], AbstractAsyncContextManager[None]]
) -> None:
    intake, agent, task = line.intake, an_actor(), await line.intake.open_task()
    made = await intake.registered(agent, task)
    id = made["submission"]["id"]
    assert await intake.put(made["upload"]["url"], ARTIFACT) == 200
    before = await intake.row(id)
    began = asyncio.get_running_loop().time()
    async with fault(line.proxy):
        answer = await intake.complete(agent, id, **{"Idempotency-Key": "k"})
    # Taking the copy out again has a limit of its own, of 2 s.
    assert asyncio.get_running_loop().time() - began < PATIENCE_SECONDS + 3
    assert_unavailable(answer)
    assert await intake.row(id) == before
    assert await intake.received(task) == []
    assert await intake.used(agent, task) == 1
    done = await intake.complete(agent, id, **{"Idempotency-Key": "k"})
    assert done.status_code == 200, done.text
    (told,) = await intake.received(task)
    assert await intake.object_of(told) == ARTIFACT


@pytest.mark.parametrize("fault", [down, refusing], ids=lambda fault: fault.__name__)
async def test_an_upload_or_a_quick_submission_that_storage_does_not_take_uses_nothing_up(
    line: Line, fault: Callable[[FaultProxy], AbstractAsyncContextManager[None]]
) -> None:
    intake, agent, task = line.intake, an_actor(), await line.intake.open_task(max_submissions_per_agent=2)
    id = (await intake.registered(agent, task))["submission"]["id"]
    async with fault(line.proxy):
        assert_unavailable(await intake.upload(agent, id, ARTIFACT))
        assert_unavailable(await intake.submit(agent, task.id))
        # Whether something was uploaded can't be told, and a URL does no harm.
        assert (await intake.read(agent, id))["resume"] is not None
    assert await intake.used(agent, task) == 1
    assert (await intake.upload(agent, id, ARTIFACT)).status_code == 200
    assert (await intake.complete(agent, id)).status_code == 200
    assert (await intake.submit(agent, task.id)).status_code == 201
