"""An Idempotency-Key on every POST of the public API, on the running stack: however often a request comes, it
acts once and is answered in the same words; another request, or another caller, never gets that answer.

That a killed process leaves no effect without its answer is tried at every failpoint, by clients that repeat
(`tests/resilience/test_failpoints.py`); that a key is free again after its day, in the kit.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from importlib import import_module
from typing import NamedTuple
from uuid import uuid4

import httpx2
import pytest

from joust_contracts.services import ServiceName
from joust_embedded.stack import Stack
from joust_kit.settings import ServiceSettings
from tests.authorisation import repeats
from tests.authorisation.calls import Calls
from tests.authorisation.cast import Cast
from tests.authorisation.repeats import Post
from tests.authorisation.table import Route
from tests.support.arena import Arena

AT_ONCE = 50
REPLAYED = "Idempotent-Replayed"
COME_AGAIN = {"IDEMPOTENCY_KEY_IN_USE", "SERVICE_UNAVAILABLE"}
"""A crowd may be told that the first is not done yet, or that there is no room: then nothing was done."""
PATIENCE_SECONDS = 30


class Crowd(NamedTuple):
    """Those who ask, and what they know of the API."""

    http: httpx2.AsyncClient
    cast: Cast
    calls: Calls

    def key_of(self, caller: str | None) -> str | None:
        """The authorization of a caller; ``None`` of what needs none."""
        return None if caller is None else str(self.cast.parties[caller].http.headers["Authorization"])

    async def insist(self, ask: Callable[[], Awaitable[httpx2.Response]]) -> httpx2.Response:
        """The answer, once it is none that asks to come again."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while is_passing(answer := await ask()):
                await asyncio.sleep(0.1)
        return answer


def is_passing(answer: httpx2.Response) -> bool:
    return answer.status_code in {409, 503} and answer.json()["error"]["code"] in COME_AGAIN


@pytest.fixture(scope="module")
async def crowd(stack: Stack) -> AsyncIterator[Crowd]:
    arena = Arena(stack)
    async with httpx2.AsyncClient(base_url=arena.url, timeout=60) as http:
        document = (await http.get("/openapi.json")).json()
        yield Crowd(http, await Cast.on(arena), Calls(document))
    await arena.close()


@pytest.mark.parametrize("route", repeats.routes(), ids=str)
async def test_a_post_that_comes_fifty_times_at_once_acts_once_and_is_answered_in_the_same_words(
    crowd: Crowd, route: Route
) -> None:
    post = await repeats.post_of(route, crowd.cast, crowd.calls)
    authorization, key = crowd.key_of(post.caller), str(uuid4())

    async def ask() -> httpx2.Response:
        return await post.send(crowd.http, authorization, key)

    answers = await asyncio.gather(*(ask() for _ in range(AT_ONCE)))
    again = await crowd.insist(ask)
    assert again.is_success, again.text
    assert again.headers[REPLAYED] == "true"
    told = [answer for answer in answers if not is_passing(answer)]
    assert {(answer.status_code, answer.text) for answer in told} <= {(again.status_code, again.text)}
    assert sum(REPLAYED not in answer.headers for answer in told) <= 1
    await refuses_another_request(crowd, route, post, key)
    await tells_nobody_else(crowd, post, key, again)


async def refuses_another_request(crowd: Crowd, route: Route, post: Post, key: str) -> None:
    """Fails unless what else is said with the key is refused."""
    other = repeats.other_than(post, route, crowd.calls)
    if other is not None:
        answer = await other.send(crowd.http, crowd.key_of(post.caller), key)
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")


async def tells_nobody_else(crowd: Crowd, post: Post, key: str, told: httpx2.Response) -> None:
    """Fails if another account with the same key gets the answer."""
    if post.caller is not None:
        stranger = next(name for name in crowd.cast.parties if name != post.caller)
        answer = await post.send(crowd.http, crowd.key_of(stranger), key)
        assert REPLAYED not in answer.headers
        assert answer.text != told.text


def test_every_post_that_takes_a_key_is_tried_here_or_elsewhere(crowd: Crowd) -> None:
    posts = {route for route in crowd.calls.routes if route.method == "POST"}
    assert posts - set(repeats.routes()) == {Route(*place.split(" ")) for place in repeats.ELSEWHERE}


@pytest.mark.parametrize("name", ServiceName)
def test_a_key_is_kept_for_a_day(name: ServiceName) -> None:
    settings = next(
        kind
        for kind in vars(import_module(f"joust_{name}.settings")).values()
        if isinstance(kind, type) and issubclass(kind, ServiceSettings) and kind is not ServiceSettings
    )
    assert settings.model_fields["idempotency_key_ttl"].default == timedelta(hours=24)
