"""A small client of the Straw API, as a poster or an agent would write one."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, Self
from uuid import uuid4

import httpx2

Json = dict[str, Any]

_PAUSE_SECONDS = 0.25


class Refused(Exception):
    """The API refused a request; ``code`` and ``status`` say why.

    ``retry_after_seconds`` is how long a limit asks to wait, 0 if none does.
    """

    def __init__(self, status: int, body: Json, retry_after_seconds: float = 0) -> None:
        error = body.get("error", {})
        self.status = status
        self.retry_after_seconds = retry_after_seconds
        self.code = str(error.get("code"))
        super().__init__(f"{status} {self.code}: {error.get('message')} {error.get('details') or ''}".strip())

    @property
    def is_passing(self) -> bool:
        """Whether the same request may succeed a little later."""
        return self.status in {502, 503, 504} or self.code in {"IDEMPOTENCY_KEY_IN_USE", "RATE_LIMITED"}


class StreamEvent(NamedTuple):
    """One server-sent event."""

    name: str
    data: Json


@dataclass(frozen=True)
class Party:
    """An account with its key, and everything it can do."""

    name: str
    account_id: str
    agent_id: str
    http: httpx2.AsyncClient
    patience_seconds: float = 0
    """How long to ask again, with the same idempotency key, while the API isn't there, or says 503 or 429."""

    @classmethod
    async def sign_up(
        cls,
        base_url: str,
        name: str,
        *,
        kind: str = "agent",
        patience_seconds: float = 0,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> Self:
        """Make an account and a client that acts for it."""
        http = httpx2.AsyncClient(base_url=base_url, timeout=15, transport=transport)
        party = cls(name, "", "", http, patience_seconds)
        made = await party.post("/api/v1/accounts", {"display_name": name, "kind": kind})
        http.headers["Authorization"] = f"Bearer {made['api_key']}"
        return cls(name, made["id"], made["agent_id"], http, patience_seconds)

    async def close(self) -> None:
        """Close the connections."""
        await self.http.aclose()

    async def get(self, path: str, **params: Any) -> Json:
        """GET, or raise ``Refused``."""
        return await self._insist(lambda: self.http.get(path, params=params))

    async def post(self, path: str, body: Mapping[str, Any] | None = None, *, key: str | None = None) -> Json:
        """POST with an idempotency key (a fresh one unless given), or raise ``Refused``."""
        headers = {"Idempotency-Key": key or str(uuid4())}
        return await self._insist(lambda: self.http.post(path, json=body, headers=headers))

    async def _insist(self, request: Callable[[], Awaitable[httpx2.Response]]) -> Json:
        give_up_at = time.monotonic() + self.patience_seconds
        while True:
            try:
                return await _checked(request())
            except Refused as error:
                pause = max(_PAUSE_SECONDS, error.retry_after_seconds)
                if not error.is_passing or time.monotonic() + pause > give_up_at:
                    raise
            except httpx2.TransportError:
                pause = _PAUSE_SECONDS
                if time.monotonic() > give_up_at:
                    raise
            await asyncio.sleep(pause)

    async def declare_interests(self, **interests: Any) -> Json:
        """Say which tasks the account's own agent wants to hear of."""
        path = f"/api/v1/agents/{self.agent_id}/interests"
        return await self._insist(lambda: self.http.put(path, json=interests))

    async def deposit(self, amount_cents: int, *, key: str | None = None) -> Json:
        """Put test money on the account."""
        return await self.post("/api/v1/wallet/deposits", {"amount_cents": amount_cents}, key=key)

    async def balance(self) -> Json:
        """What the account has."""
        return await self.get("/api/v1/wallet/balance")

    async def register_webhook(self, url: str, events: list[str]) -> Json:
        """Have events sent to ``url``; the answer holds the secret."""
        return await self.post("/api/v1/webhooks", {"url": url, "events": events})

    async def test_webhook(self, webhook_id: str) -> Json:
        """Have a test message sent to a webhook; tells what came of it."""
        return await self.post(f"/api/v1/webhooks/{webhook_id}/test")

    async def create_task(self, *, key: str | None = None, **fields: Any) -> Json:
        """Make a draft of a task with sensible fields; ``fields`` replace some."""
        return await self.post("/api/v1/tasks", a_task(**fields), key=key)

    async def publish(self, task_id: str) -> Json:
        """Draft to open."""
        return await self.post(f"/api/v1/tasks/{task_id}/publish")

    async def close_task(self, task_id: str) -> Json:
        """Open to closed."""
        return await self.post(f"/api/v1/tasks/{task_id}/close")

    async def quick_submit(self, task_id: str, files: Mapping[str, str], *, key: str | None = None) -> Json:
        """Hand in files."""
        body = {"files": dict(files), "agent_display_name": self.name}
        return await self.post(f"/api/v1/tasks/{task_id}/quick-submit", body, key=key)

    async def submission(self, submission_id: str) -> Json:
        """A submission with its scores."""
        return await self.get(f"/api/v1/submissions/{submission_id}")

    async def leaderboard(self, task_id: str) -> Json:
        """The ranks of a task."""
        return await self.get(f"/api/v1/tasks/{task_id}/leaderboard")

    async def deal(self, task_id: str, agent_id: str, value_cents: int, *, key: str | None = None) -> Json:
        """Buy the output of an agent of a closed task."""
        body = {
            "taskId": task_id,
            "agentId": agent_id,
            "dealType": "output_purchase",
            "dealValueCents": value_cents,
        }
        return await self.post("/api/v1/deals", body, key=key)

    async def watch(self, submission_id: str) -> AsyncIterator[StreamEvent]:
        """Events of a submission's stream until it says that it is over."""
        path = f"/api/v1/submissions/{submission_id}/stream"
        async with self.http.stream("GET", path, timeout=300) as answer:
            if answer.status_code != 200:
                await answer.aread()
                raise Refused(answer.status_code, answer.json())
            name = "message"
            async for line in answer.aiter_lines():
                if line.startswith("event:"):
                    name = line.removeprefix("event:").strip()
                elif line.startswith("data:"):
                    yield StreamEvent(name, json.loads(line.removeprefix("data:")))
                    if name == "terminal":
                        return


def a_task(**fields: Any) -> Json:
    """A valid body of ``POST /api/v1/tasks``."""
    return {
        "title": "Summarise a CSV file of sales",
        "description": "Write a Python program that reads sales.csv and prints totals by region.",
        "category": "code",
        "input_spec": "sales.csv with the columns region, product, amount",
        "output_spec": "One line for each region: name and total, sorted by total",
        "test_weight": 0,
        "llm_weight": 100,
        "budget_cents": 50_000,
        "deadline": (datetime.now(UTC) + timedelta(days=3)).isoformat(),
        "criteria": [
            {"name": "Correctness", "description": "Totals by region, sorted", "weight": 50, "position": 0},
            {"name": "Tests", "description": "Has tests of the edge cases", "weight": 30, "position": 1},
            {"name": "Clarity", "description": "Readable and documented", "weight": 20, "position": 2},
        ],
        **fields,
    }


async def _checked(answering: Awaitable[httpx2.Response]) -> Json:
    answer = await answering
    body: Json = answer.json()
    if answer.status_code >= 300:
        asked = (
            answer.headers.get("Retry-After", "0")
            if answer.status_code == httpx2.codes.TOO_MANY_REQUESTS
            else "0"
        )
        raise Refused(answer.status_code, body, float(asked) if asked.isdigit() else 0)
    return body
