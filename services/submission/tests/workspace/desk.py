"""An account at work in its workspace, over the internal API."""

from dataclasses import dataclass, field
from typing import Any

import httpx2
from sqlalchemy import func, select
from sqlmodel import col

from joust_kit.identity import Actor
from joust_kit.testing.component import ServiceUnderTest, an_actor
from joust_submission.workspace.models import Kind, Usage, Value
from joust_submission.workspace.rules import Amount

ROOT = "/internal/workspace"


@dataclass(frozen=True)
class Desk:
    """One account's workspace."""

    service: ServiceUnderTest
    actor: Actor = field(default_factory=an_actor)

    async def ask(self, method: str, path: str, **options: Any) -> httpx2.Response:
        """A request of the account."""
        headers = self.service.as_actor(self.actor, **options.pop("headers", {}))
        return await self.service.http.request(method, f"{ROOT}{path}", headers=headers, **options)

    async def put(self, key: str, value_json: str = "1") -> httpx2.Response:
        """Keep a value."""
        return await self.ask("PUT", "/value", params={"key": key}, json={"value_json": value_json})

    async def delete(self, key: str) -> httpx2.Response:
        """Delete a value."""
        return await self.ask("DELETE", "/value", params={"key": key})

    async def read(self, key: str) -> httpx2.Response:
        """Read a value."""
        return await self.ask("GET", "/value", params={"key": key})

    async def keep(self, *keys: str, value_json: str = "1") -> None:
        """Keep a value under each key."""
        for key in keys:
            answer = await self.put(key, value_json)
            assert answer.status_code == 200, answer.text

    async def get(self, route: str, /, **params: Any) -> dict[str, Any]:
        """Read what is there."""
        answer = await self.ask("GET", route, params=params)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def counted_values(self) -> Amount:
        """What the account uses, as it is counted; fails unless that is what is there."""
        account = self.actor.account_id
        async with self.service.database.reading() as session:
            usage = await session.get(Usage, (account, Kind.VALUES))
            sums = select(func.count(), func.coalesce(func.sum(col(Value.size_bytes)), 0))
            row = (await session.execute(sums.where(col(Value.account_id) == account))).one()
        counted = Amount(0, 0) if usage is None else usage.amount
        assert counted == Amount(*row)
        return counted


def code_of(answer: httpx2.Response) -> tuple[int, str]:
    """Status and code of a refusal."""
    return answer.status_code, str(answer.json()["error"]["code"])
