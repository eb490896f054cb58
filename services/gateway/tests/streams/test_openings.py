"""Streams are opened a few at a time, in the order of arrival."""

import asyncio
from typing import Any

import pytest

from joust_gateway.streams.openings import OpenInTurn

START = {"type": "http.response.start", "status": 200, "headers": []}


class App:
    """Opens a stream when it is let, and keeps it open."""

    def __init__(self) -> None:
        self.came: list[str] = []
        self.may_answer: dict[str, asyncio.Event] = {}
        self.may_end = asyncio.Event()

    async def __call__(self, scope: Any, _receive: Any, send: Any) -> None:
        name = scope["name"]
        self.came.append(name)
        if name == "broken":
            raise RuntimeError(name)
        await self.may_answer.setdefault(name, asyncio.Event()).wait()
        await send(START)
        await self.may_end.wait()

    def let_answer(self, name: str) -> None:
        self.may_answer.setdefault(name, asyncio.Event()).set()


class Door:
    """The app behind its middleware."""

    def __init__(self, app: App, *, max_waiting: int = 10, patience_seconds: float = 20) -> None:
        self._guarded = OpenInTurn(app, at_once=2, max_waiting=max_waiting, patience_seconds=patience_seconds)
        self.statuses: dict[str, int] = {}

    def come(self, name: str, path: str = "/api/v1/tasks/1/leaderboard/stream") -> "asyncio.Task[None]":
        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                self.statuses[name] = message["status"]

        async def receive() -> Any:
            return {"type": "http.disconnect"}

        scope = {"type": "http", "path": path, "method": "GET", "headers": [], "name": name}
        return asyncio.create_task(self._guarded(scope, receive, send))


@pytest.fixture
def app() -> App:
    return App()


async def turn() -> None:
    """Everybody does what they can do now."""
    for _ in range(10):
        await asyncio.sleep(0)


async def test_one_after_another_has_a_turn_which_ends_when_its_answer_begins(app: App) -> None:
    door = Door(app)
    coming = [door.come(name) for name in "abcd"]
    await turn()
    assert app.came == ["a", "b"]
    app.let_answer("b")
    await turn()
    assert app.came == ["a", "b", "c"]
    app.let_answer("a")
    await turn()
    assert app.came == ["a", "b", "c", "d"]
    app.let_answer("c")
    app.let_answer("d")
    app.may_end.set()
    await asyncio.gather(*coming)
    assert door.statuses == dict.fromkeys("abcd", 200)


async def test_a_failure_ends_a_turn(app: App) -> None:
    door = Door(app)
    broken = [door.come("broken") for _ in range(4)]
    results = await asyncio.gather(*broken, return_exceptions=True)
    assert [type(result) for result in results] == [RuntimeError] * 4


async def test_what_is_no_stream_does_not_wait(app: App) -> None:
    door = Door(app)
    coming = [door.come(name) for name in "ab"] + [door.come("c", "/api/v1/tasks")]
    await turn()
    assert app.came == ["a", "b", "c"]
    for task in coming:
        task.cancel()


async def test_those_for_whom_there_is_no_room_to_wait_are_refused_at_once(app: App) -> None:
    door = Door(app, max_waiting=1)
    coming = [door.come(name) for name in "abcd"]
    await turn()
    assert door.statuses == {"d": 503}
    for task in coming:
        task.cancel()


async def test_who_waits_too_long_is_refused_and_takes_no_turn(app: App) -> None:
    door = Door(app, patience_seconds=0.05)
    coming = [door.come(name) for name in "ab"]
    await turn()
    await asyncio.wait_for(asyncio.gather(*(door.come(name) for name in "cde")), 5)
    assert door.statuses == dict.fromkeys("cde", 503)
    app.let_answer("a")
    app.let_answer("f")
    coming.append(door.come("f"))
    await turn()
    assert door.statuses["f"] == 200
    app.may_end.set()
    for task in coming:
        task.cancel()
