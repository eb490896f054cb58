"""Gives each request an id that travels through all services and comes back as ``X-Request-Id``."""

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uuid_utils.compat import uuid7

from joust_contracts.internal.common import ACTOR_HEADER, AFTER_HEADER, CORRELATION_HEADER

REQUEST_ID_HEADER = "X-Request-Id"

_INTERNAL = {name.lower().encode() for name in (ACTOR_HEADER, AFTER_HEADER, CORRELATION_HEADER)}
"""Headers between the gateway and the services; from outside they are not taken."""


class RequestIds:
    """ASGI middleware: the id is the correlation id of every event that the request causes."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = str(uuid7()).encode()
        headers = [(name, value) for name, value in scope["headers"] if name not in _INTERNAL]
        headers.append((CORRELATION_HEADER.lower().encode(), request_id))
        # In place, so that the handler of unexpected failures, which is outside, knows the id too.
        scope["headers"][:] = headers

        async def add_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (REQUEST_ID_HEADER.lower().encode(), request_id)]
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id.decode()):
            await self._app(scope, receive, add_id)
