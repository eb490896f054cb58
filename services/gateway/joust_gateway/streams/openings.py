"""Streams are opened a few at a time: all who come at once get in, and nobody else waits for them.

To open a stream costs a hundred times what an event costs. After a restart everybody comes again within a
second or two; a thousand openings in one turn of the event loop would hold up the answers of databases and
services until their time limits have passed, and end in 503 for most.
"""

import asyncio
import random

from fastapi import Request, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from joust_kit.errors import Unavailable
from joust_kit.http.errors import render
from joust_kit.http.transactions import RouteHandler, TranslatingRoute

_STREAMS_END = "/stream"
_PAUSE_SECONDS = (0.1, 0.5)


class OpenInTurn:
    """ASGI middleware: a stream waits for its turn before anything is done for it, in the order of arrival.

    Its turn ends when its answer begins. Refused with 503 are those for whom there is no room to wait, and
    those who waited too long.
    """

    def __init__(self, app: ASGIApp, *, at_once: int, max_waiting: int, patience_seconds: float) -> None:
        self._app = app
        self._turns = asyncio.Semaphore(at_once)
        self._max_waiting = max_waiting
        self._waiting = 0
        self._patience_seconds = patience_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].endswith(_STREAMS_END):
            await self._app(scope, receive, send)
            return
        if not await self._has_turn():
            refusal = Unavailable("Many streams are being opened. Poll instead, or try again in a moment.")
            await render(refusal)(scope, receive, send)
            return
        is_begun = False

        def end_turn() -> None:
            nonlocal is_begun
            if not is_begun:
                is_begun = True
                self._turns.release()

        async def send_after_turn(message: Message) -> None:
            end_turn()
            await send(message)

        try:
            await self._app(scope, receive, send_after_turn)
        finally:
            end_turn()

    async def _has_turn(self) -> bool:
        if not self._turns.locked():
            await self._turns.acquire()
            return True
        if self._waiting >= self._max_waiting:
            return False
        self._waiting += 1
        try:
            async with asyncio.timeout(self._patience_seconds):
                await self._turns.acquire()
        except TimeoutError:
            return False
        finally:
            self._waiting -= 1
        return True


class PatientRoute(TranslatingRoute):
    """A stream's route: a part that does not answer is asked again for a while before the caller is refused.

    For whoever opens a stream wants to stay, and is one of many: all who share a look-up share its failure.
    """

    def get_route_handler(self) -> RouteHandler:
        """Wrap the handler that refuses at once."""
        answer = super().get_route_handler()

        async def answer_or_ask_again(request: Request) -> Response:
            clock = asyncio.get_running_loop().time
            gives_up_at = clock() + request.app.state.settings.stream_opening_patience_seconds
            while True:
                try:
                    return await answer(request)
                except Unavailable as refusal:
                    # Without a cause it is no part that does not answer, but that there are too many streams.
                    if refusal.__cause__ is None or clock() >= gives_up_at:
                        raise
                await asyncio.sleep(random.uniform(*_PAUSE_SECONDS))  # noqa: S311 - spreads load

        return answer_or_ask_again
