"""What bodies may take of a process's memory, each and all together."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from starlette.exceptions import HTTPException

from joust_kit.http.body_limit import BETWEEN_SECONDS, BodyLimits, RefuseLargeBodies

LIMITS = BodyLimits(
    max_bytes=1_000_000,
    max_marks=10_000,
    max_kept_bytes=2_500_000,
    larger_at={r"/files/.+": 100_000_000},
    denser_at={r"/values/.+": 50_000},
)
MAX_BODY_BYTES = LIMITS.max_bytes
FREE_BYTES = 65_536
STREAMED, DENSE = "/files/1", "/values/1"
JSON = "application/problem+JSON; charset=utf-8"
Receive = Callable[[], Awaitable[dict[str, Any]]]


class App:
    """Reads each body, and answers it when it is let."""

    def __init__(self) -> None:
        self.may_answer = asyncio.Event()
        self.read_at: list[tuple[str, float]] = []
        self.guarded = RefuseLargeBodies(self, LIMITS)

    async def __call__(self, scope: Any, receive: Receive, _send: Any) -> None:
        while (await receive())["more_body"]:
            pass
        self.read_at.append((scope["path"], asyncio.get_running_loop().time()))
        await self.may_answer.wait()

    def post(self, body: int | bytes, path: str = "/", kind: str = "") -> "asyncio.Task[None]":
        """``body``: or only how large it is."""
        content = b"x" * body if isinstance(body, int) else body
        sent = 0

        async def receive() -> dict[str, Any]:
            nonlocal sent
            part = content[sent : sent + 50_000]
            sent += len(part)
            await asyncio.sleep(0)
            return {"type": "http.request", "body": part, "more_body": sent < len(content)}

        async def send(_message: Any) -> None:
            raise AssertionError("nothing is answered here")

        scope = {"type": "http", "path": path, "headers": [(b"content-type", kind.encode())]}
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


def lists(marks: int) -> bytes:
    """JSON with so many marks, and a text that looks as if it had as many again."""
    return b'["' + b'[],\\"' * 10_000 + b'"' + b",0" * (marks - 4) + b"]"


@pytest.mark.parametrize(
    ("marks", "path", "status"),
    [
        (LIMITS.max_marks, "/", None),
        (LIMITS.max_marks + 1, "/", 413),
        (LIMITS.max_marks + 1, STREAMED, 413),
        (LIMITS.max_marks + 1, DENSE, None),
        (50_000, DENSE, None),
        (50_001, DENSE, 413),
    ],
)
async def test_json_with_too_much_structure_is_refused(
    app: App, marks: int, path: str, status: int | None
) -> None:
    assert await kept(app.post(lists(marks), path, JSON)) == [status]
    app.may_answer.set()


async def test_only_of_json_the_structure_counts(app: App) -> None:
    assert await kept(app.post(lists(50_000), "/", "text/plain"), app.post(b"," * 50_000)) == [None, None]
    app.may_answer.set()


async def test_structure_of_all_bodies_counts_as_the_memory_that_it_takes(app: App) -> None:
    first = [app.post(lists(50_000), DENSE, JSON) for _ in range(2)]
    assert await kept(*first) == [None, None]
    third = app.post(lists(50_000), DENSE, JSON)
    assert await kept(third) == [503]
    assert await kept(app.post(lists(100), "/", JSON)) == [None]
    app.may_answer.set()
    await asyncio.gather(*first)
    assert await kept(app.post(lists(50_000), DENSE, JSON)) == [None]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
async def test_json_whose_structure_is_hidden_by_its_encoding_is_refused(app: App, encoding: str) -> None:
    body = ('["\u2200", ' + "[]," * 20_000 + "[]]").encode(encoding)
    assert await kept(app.post(body, "/", JSON)) == [400]


async def test_what_takes_long_to_read_is_handed_on_one_at_a_time_while_others_come_between(app: App) -> None:
    dense = b"[" + b"[]," * 12_500 + b"[]]"
    posted = [app.post(dense, DENSE, JSON), app.post(dense, DENSE, JSON), app.post(b"[]", "/", JSON)]
    app.may_answer.set()
    await asyncio.gather(*posted)
    (first, at), (second, then), (third, last) = app.read_at
    assert (first, second, third) == ("/", DENSE, DENSE)
    assert at < then
    assert last - then >= BETWEEN_SECONDS
