"""Measures and traces each request, without touching its body."""

import time

from opentelemetry.trace import SpanKind
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from joust_kit.observability.metrics import REQUESTS
from joust_kit.observability.tracing import span


class ObserveRequests:
    """ASGI middleware: one span and one observation for each HTTP request."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        status = 500

        async def remember_status(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        try:
            with span(f"{scope['method']} {scope['path']}", headers, SpanKind.SERVER):
                await self._app(scope, receive, remember_status)
        finally:
            route = getattr(scope.get("route"), "path", "unknown")
            REQUESTS.labels(scope["method"], route, str(status)).observe(time.perf_counter() - began)
