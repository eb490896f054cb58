"""The rest of an answer is sent when all that led to it has returned."""

from typing import Any

import pytest
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from joust_kit.http.leaving import LeavableApp, send_outside

SCOPE = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": []}


class Told:
    """What happened, in order."""

    def __init__(self) -> None:
        self.steps: list[str] = []

    async def send(self, message: Any) -> None:
        self.steps.append(message.get("body", b"start").decode())

    async def receive(self) -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}


class LongAnswer(Response):
    """Begins where it is called, and goes on later."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send_outside(self._go_on, scope, receive, send)

    async def _go_on(self, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.body", "body": b"the rest"})


@pytest.fixture
def told() -> Told:
    return Told()


async def test_the_rest_is_sent_after_middleware_and_route_returned(told: Told) -> None:
    class Around:
        def __init__(self, app: ASGIApp) -> None:
            self._app = app

        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            await self._app(scope, receive, send)
            told.steps.append("returned")

    app = LeavableApp()
    app.add_middleware(Around)

    @app.get("/", response_model=None)
    async def answer_for_long() -> LongAnswer:
        return LongAnswer()

    await app(dict(SCOPE), told.receive, told.send)
    assert told.steps == ["start", "returned", "the rest"]


async def test_an_answer_that_can_not_leave_is_sent_where_it_is(told: Told) -> None:
    await LongAnswer()(dict(SCOPE), told.receive, told.send)
    assert told.steps == ["start", "the rest"]
