"""What bodies may take of a process's memory, each and all together."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from starlette.exceptions import HTTPException

from joust_kit.http.body_limit import RefuseLargeBodies

MAX_BODY_BYTES, MAX_KEPT_BYTES = 1_000_000, 2_500_000
FREE_BYTES = 65_536
STREAMED = "/files/1"
Receive = Callable[[], Awaitable[dict[str, Any]]]


class App:
    """Reads each body, and answers it when it is let."""

    def __init__(self) -> None:
        self.may_answer = asyncio.Event()
        self.guarded = RefuseLargeBodies(self, MAX_BODY_BYTES, MAX_KEPT_BYTES, {r"/files/.+": 100_000_000})

    async def __call__(self, _scope: Any, receive: Receive, _send: Any) -> None:
        while (await receive())["more_body"]:
            pass
        await self.may_answer.wait()

    def post(self, size: int, path: str = "/") -> "asyncio.Task[None]":
        sent = 0

        async def receive() -> dict[str, Any]:
            nonlocal sent
            part = min(50_000, size - sent)
            sent += part
            await asyncio.sleep(0)
            return {"type": "http.request", "body": b"x" * part, "more_body": sent < size}

        async def send(_message: Any) -> None:
            raise AssertionError("nothing is answered here")

        scope = {"type": "http", "path": path, "headers": []}
        return asyncio.create_task(self.guarded(scope, receive, send))


@pytest.fixture
def app() -> App:
    return App()


async def kept(*posts: "asyncio.Task[None]") -> list[int | None]:
    """The status with which each was refused by now, ``None`` for those that are kept."""
    await asyncio.wait(posts, timeout=0.2)
    errors = [post.exception() if post.done() else None for post in posts]
    return [error.status_code if isinstance(error, HTTPException) else None for error in errors]


async def test_a_body_that_is_too_large_is_refused(app: App) -> None:
    assert await kept(app.post(MAX_BODY_BYTES), app.post(MAX_BODY_BYTES + 1)) == [None, 413]
    app.may_answer.set()


async def test_bodies_that_are_too_many_are_refused_until_others_were_answered(app: App) -> None:
    first = [app.post(MAX_BODY_BYTES) for _ in range(2)]
    assert await kept(*first) == [None, None]
    assert await kept(app.post(MAX_BODY_BYTES), app.post(MAX_BODY_BYTES)) == [503, 503]
    app.may_answer.set()
    await asyncio.gather(*first)
    assert await kept(app.post(MAX_BODY_BYTES)) == [None]


async def test_small_bodies_and_streamed_ones_are_taken_all_the_same(app: App) -> None:
    full = [app.post(MAX_BODY_BYTES) for _ in range(2)]
    assert await kept(*full) == [None, None]
    assert await kept(app.post(800_000)) == [503]
    others = [app.post(FREE_BYTES), app.post(1), app.post(50_000_000, STREAMED)]
    assert await kept(*others) == [None] * 3
    app.may_answer.set()
