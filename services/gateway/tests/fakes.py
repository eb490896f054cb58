"""The other services as the tests want them: one HTTP server that answers what it was told to."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from aiohttp import web
from multidict import CIMultiDictProxy
from pydantic import BaseModel

from joust_contracts.internal.common import ACTOR_HEADER, ErrorCode, error_example

SERVICES = ("task", "submission", "evaluation", "ranking", "wallet", "webhook")


@dataclass(frozen=True)
class Asked:
    """A request that a service got."""

    service: str
    method: str
    path: str
    query: Mapping[str, str]
    headers: CIMultiDictProxy[str]
    body: Any


class FakeServices:
    """Answers by service, method and path; anything else is a 404 as a service gives it."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.url = ""
        self._answers: dict[tuple[str, str, str], web.Response | float] = {}
        self._owners: dict[tuple[str, str, str], str] = {}
        self._released = asyncio.Event()

    def answer(
        self, place: str, body: BaseModel | str, status: int = 200, headers: Mapping[str, str] | None = None
    ) -> None:
        """``place``: ``"task GET /internal/tasks"``."""
        text = body if isinstance(body, str) else body.model_dump_json()
        self._answers[self._key(place)] = web.Response(
            text=text, status=status, headers=headers, content_type="application/json"
        )

    def refuse(
        self,
        place: str,
        status: int,
        code: ErrorCode,
        headers: Mapping[str, str] | None = None,
        **details: Any,
    ) -> None:
        """Refuse as a service does."""
        self.answer(place, json.dumps(error_example(code, f"Refused: {code}.", **details)), status, headers)

    def refuse_others(self, place: str, account_id: UUID) -> None:
        """Know nothing of it when asked for another account."""
        self._owners[self._key(place)] = str(account_id)

    def hang(self, place: str, seconds: float = 60) -> None:
        """Take the request and say nothing for a long time."""
        self._answers[self._key(place)] = seconds

    def asked_of(self, service: str, method: str = "") -> list[Asked]:
        """Requests that a service got, in their order."""
        return [one for one in self.asked if one.service == service and one.method.startswith(method)]

    def forget(self) -> None:
        """Be as new."""
        self.asked.clear()
        self._answers.clear()
        self._owners.clear()
        self._released.set()
        self._released = asyncio.Event()

    def urls(self) -> dict[str, str]:
        """The settings that lead the gateway here."""
        return {f"{name}_url": f"{self.url}/{name}" for name in SERVICES}

    async def handle(self, request: web.Request) -> web.Response:
        """Record the request, and answer it."""
        _, service, path = request.path.split("/", 2)
        content = await request.read()
        body = (
            json.loads(content) if content and request.content_type == "application/json" else content or None
        )
        query = dict(request.query)
        self.asked.append(Asked(service, request.method, f"/{path}", query, request.headers, body))
        key = service, request.method, f"/{path}"
        answer = self._answers.get(key)
        if answer is None or (key in self._owners and self._owners[key] != _asker(request)):
            return web.json_response(error_example(ErrorCode.NOT_FOUND, "Not found."), status=404)
        if isinstance(answer, web.Response):
            return web.Response(body=answer.body, status=answer.status, headers=answer.headers)
        try:
            async with asyncio.timeout(answer):
                await self._released.wait()
        except TimeoutError:
            pass
        return web.Response(status=500)

    @staticmethod
    def _key(place: str) -> tuple[str, str, str]:
        service, method, path = place.split(" ")
        return service, method, path


def _asker(request: web.Request) -> str:
    """The account that the gateway's token names."""
    claims = request.headers[ACTOR_HEADER].split(".")[1]
    return str(json.loads(base64.urlsafe_b64decode(claims + "=="))["sub"])


@asynccontextmanager
async def fake_services() -> AsyncIterator[FakeServices]:
    """The services, on a port of their own."""
    fakes = FakeServices()
    app = web.Application(client_max_size=50_000_000)
    app.router.add_route("*", "/{path:.*}", fakes.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    fakes.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield fakes
    fakes.forget()
    await runner.cleanup()
