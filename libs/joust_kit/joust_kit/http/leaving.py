"""Answers that go on for long without what has led to them.

A stream is open for minutes, and there are thousands. Kept inside of middleware, router and dependencies,
each would hold some twenty suspended calls, and each byte would pass through all of them.
"""

from collections.abc import Awaitable, Callable

from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

Rest = Callable[[Receive, Send], Awaitable[None]]
"""What is still to be sent of an answer that has begun."""

_RESTS = "joust.rests"


class LeavableApp(FastAPI):
    """An app that sends the rest of an answer after everything around it has returned."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
            return
        rests: list[Rest] = []
        scope[_RESTS] = rests
        await super().__call__(scope, receive, send)
        for rest in rests:
            await rest(receive, send)


async def send_outside(rest: Rest, scope: Scope, receive: Receive, send: Send) -> None:
    """Send the rest of an answer that has begun: once all else has returned, or here if that can't be."""
    rests: list[Rest] | None = scope.get(_RESTS)
    if rests is None:
        await rest(receive, send)
    else:
        rests.append(rest)
