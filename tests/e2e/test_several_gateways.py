"""Two processes of the gateway: they share limits in a real Valkey, refuse what either of them revoked, and tell
what the other was told."""

import asyncio
import math
import time
from collections.abc import AsyncIterator
from contextlib import nullcontext
from uuid import uuid4

import httpx2
import pytest

from joust_embedded.bounty.works import DECENT, THOROUGH
from joust_embedded.stack import Stack
from tests.support.arena import Arena, eventually
from tests.support.artifacts import zipped
from tests.support.freezing import frozen
from tests.support.gateways import Gateway, more_gateways
from tests.support.valkey import ValkeyServer, valkey_server

PER_MINUTE = 100
KEYS = "/api/api-keys"
READ = 'method="GET",route="/internal/submissions/{submission_id}",status="200"'


@pytest.fixture(scope="module")
async def shared(
    stack: Stack, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[list[Gateway], ValkeyServer]]:
    folder = tmp_path_factory.mktemp("gateways")
    with valkey_server(folder) as store:
        settings = {
            "RATE_LIMIT_ENABLED": "true",
            "RATE_LIMIT_STORAGE": store.url,
            # A busy machine must not make one of them count alone.
            "RATE_LIMIT_STORAGE_TIMEOUT_SECONDS": "10",
            "RATE_LIMIT_GENERAL_PER_MINUTE": str(PER_MINUTE),
            "RATE_LIMIT_FAILED_KEYS_PER_MINUTE": "1000",
            "TRUSTED_PROXIES": '["127.0.0.0/8"]',
            # Nothing is looked at again by the clock: what is told was heard of.
            "STREAM_HEARTBEAT_SECONDS": "300",
        }
        async with more_gateways(stack, folder, 2, settings) as gateways:
            yield gateways, store


@pytest.fixture
def gateways(shared: tuple[list[Gateway], ValkeyServer]) -> list[Gateway]:
    return shared[0]


async def test_a_client_may_ask_as_often_of_both_together_as_of_one(
    arena: Arena, gateways: list[Gateway]
) -> None:
    """Exactly: nothing was asked in the minute before, whose count alone would be an estimate."""
    party = await arena.sign_up("Eager")
    headers = {"Authorization": party.http.headers["Authorization"], "X-Forwarded-For": "198.51.100.7"}
    async with httpx2.AsyncClient(timeout=20) as http:

        async def ask(gateway: Gateway) -> list[int]:
            return [(await http.get(f"{gateway.url}{KEYS}", headers=headers)).status_code for _ in range(15)]

        answers = await asyncio.gather(*(ask(gateway) for gateway in gateways for _ in range(5)))
    statuses = [status for each in answers for status in each]
    assert set(statuses) == {200, 429}
    assert statuses.count(200) == PER_MINUTE


@pytest.mark.parametrize("kafka_answers", [True, False], ids=["with Kafka", "without Kafka"])
async def test_a_revoked_key_is_refused_everywhere_within_a_second_and_its_streams_end_within_five(
    stack: Stack, arena: Arena, gateways: list[Gateway], *, kafka_answers: bool
) -> None:
    poster, agent = await arena.sign_up("Poster"), await arena.sign_up("Agent")
    task = await arena.open_task(poster)
    with frozen(stack.pid("evaluation")):
        submission = await agent.quick_submit(task["id"], DECENT)
        made = await agent.post(KEYS, {"name": "lost"})
        users = [User(gateway, made["api_key"], f"198.51.100.{uuid4().int % 250}") for gateway in gateways]
        watching = [asyncio.create_task(user.watch(submission["id"])) for user in users]
        asking = [asyncio.create_task(user.ask_on()) for user in users]
        async with asyncio.timeout(30):
            for user in users:
                await asyncio.gather(user.is_watching.wait(), user.is_let_in.wait())
        with nullcontext() if kafka_answers else frozen(stack.pid("kafka")):
            (await agent.http.delete(KEYS, params={"id": made["id"]})).raise_for_status()
            revoked_at = time.monotonic()
            for answers in await asyncio.gather(*asking):
                assert {status for began, status in answers if began >= revoked_at + 1} == {401}
            for ended_at, text in await asyncio.gather(*watching):
                assert ended_at - revoked_at < 5
                assert '"code":"UNAUTHORIZED"' in text


@pytest.mark.parametrize("holder", [0, 1], ids=["one waits", "the other waits"])
async def test_a_change_that_one_process_takes_ends_the_wait_at_the_other(
    stack: Stack, arena: Arena, gateways: list[Gateway], holder: int
) -> None:
    poster, agent = await arena.sign_up("Poster"), await arena.sign_up("Agent")
    task = await arena.open_task(poster)
    made = await agent.post(f"/api/v1/tasks/{task['id']}/submissions", {})
    path = f"/api/v1/submissions/{made['id']}"
    headers = {
        "Authorization": agent.http.headers["Authorization"],
        "X-Forwarded-For": f"198.51.100.{holder}",
    }
    async with httpx2.AsyncClient(headers=headers, timeout=70) as http:
        before = await times_read(stack)
        waits = asyncio.create_task(http.get(f"{gateways[holder].url}{path}", params={"wait": 60}))

        async def is_held() -> bool:
            return await times_read(stack) > before

        await eventually(is_held)
        other = gateways[1 - holder].url
        form = {"file": ("work.zip", zipped(THOROUGH))}
        (await http.post(f"{other}{path}/upload", files=form)).raise_for_status()
        assert not waits.done()
        with frozen(stack.pid("evaluation")):
            (await http.post(f"{other}{path}/complete")).raise_for_status()
            answer = await asyncio.wait_for(waits, 30)
        assert (answer.status_code, answer.json()["status"]) == (200, "running")


async def times_read(stack: Stack) -> float:
    """How often the submission service was asked for a submission: a gateway does so when it begins to wait."""
    async with httpx2.AsyncClient(timeout=30) as http:
        lines = (await http.get(f"{stack.urls['submission']}/metrics")).text.splitlines()
    counts = [line for line in lines if line.startswith("joust_http_request_seconds_count{") and READ in line]
    return sum(float(line.rpartition(" ")[2]) for line in counts)


class User:
    """Uses a key at one gateway until it is refused."""

    def __init__(self, gateway: Gateway, api_key: str, address: str) -> None:
        self._url = gateway.url
        self._headers = {"Authorization": f"Bearer {api_key}", "X-Forwarded-For": address}
        self.is_watching = asyncio.Event()
        self.is_let_in = asyncio.Event()

    def _client(self) -> httpx2.AsyncClient:
        return httpx2.AsyncClient(base_url=self._url, headers=self._headers, timeout=30)

    async def watch(self, submission_id: str) -> tuple[float, str]:
        """When the stream of a submission ended, and all that it said."""
        said: list[str] = []
        path = f"/api/v1/submissions/{submission_id}/stream"
        async with self._client() as http, http.stream("GET", path) as answer:
            assert answer.status_code == 200
            async for text in answer.aiter_text():
                self.is_watching.set()
                said.append(text)
        return time.monotonic(), "".join(said)

    async def ask_on(self) -> list[tuple[float, int]]:
        """Ask until a second and a half after the first refusal: when each request began, and its status."""
        answers: list[tuple[float, int]] = []
        until = math.inf
        async with self._client() as http:
            while (began := time.monotonic()) < until:
                status = (await http.get(KEYS)).status_code
                answers.append((began, status))
                if status == 200:
                    self.is_let_in.set()
                elif until == math.inf:
                    until = time.monotonic() + 1.5
                await asyncio.sleep(0.1)
        return answers
