"""Who looks at a task before its reveal, what each may not find, and everything that each was told."""

import asyncio
import json
from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx2

from joust_contracts.vocabulary import WebhookEventType
from joust_embedded.bounty.client import Party
from joust_embedded.bounty.receiver import Receiver, receiving

EVENTS = [kind.value for kind in WebhookEventType]


@dataclass(frozen=True)
class Told:
    """Something that an onlooker was told, and what it said to get it."""

    where: str
    asked: str
    text: str

    def numbers(self) -> set[float]:
        """All numbers in it, with a fraction."""
        try:
            return set(_fractions(json.loads(self.text)))
        except ValueError:
            return set()


@dataclass
class Onlooker:
    """Somebody who looks, with or without a key."""

    name: str
    http: httpx2.AsyncClient
    party: Party | None = None
    told: list[Told] = field(default_factory=list)
    receiver: Receiver | None = None
    webhook_id: str = ""

    async def ask(self, route: str, path: str, params: dict[str, str]) -> int:
        """Ask, and remember the answer; its status."""
        answer = await self.http.get(path, params=params)
        self.told.append(Told(route, f"{path} {params}", f"{answer.text}\n{dict(answer.headers)}"))
        if answer.headers.get("content-type", "").startswith("application/json"):
            self.told.append(Told(route, f"{path} {params}", answer.text))
        return answer.status_code

    async def watch(self, route: str, path: str) -> None:
        """Remember every frame of a stream until it ends, or is left."""
        async with self.http.stream("GET", path, timeout=300) as answer:
            async for line in answer.aiter_lines():
                self.told.append(Told(route, path, line.removeprefix("data:")))

    def frames(self, route: str) -> list[str]:
        """What a stream has told so far, without names and ids of its events."""
        return [each.text for each in self.told if each.where == route and each.text.startswith(("{", " {"))]

    def all_told(self) -> Iterator[Told]:
        """Answers, frames and webhooks."""
        yield from self.told
        if self.receiver is not None:
            for delivery in self.receiver.deliveries:
                yield Told(f"webhook {delivery['type']}", "", json.dumps(delivery))


@dataclass(frozen=True)
class Secret:
    """A rival's, with the routes on which the document gives it to others."""

    text: str
    of: str
    given_to: Collection[str] = ()
    """Names of onlookers who may know it anywhere, beside the rival."""


def leaks(onlooker: Onlooker, secrets: Collection[Secret]) -> list[str]:
    """What an onlooker was told and may not know."""
    hidden = [each for each in secrets if onlooker.name not in {each.of, *each.given_to}]
    return [
        f"{onlooker.name} finds {secret.text!r} of {secret.of} at {told.where}: {told.text[:300]}"
        for told in onlooker.all_told()
        for secret in hidden
        if secret.text in told.text and secret.text not in told.asked
    ]


@asynccontextmanager
async def onlookers(parties: dict[str, Party], url: str) -> AsyncIterator[dict[str, Onlooker]]:
    """Everybody, each with a webhook for all events, and one without a key."""
    async with AsyncExitStack() as stack:
        nobody = await stack.enter_async_context(httpx2.AsyncClient(base_url=url, timeout=15))
        found = {"no key": Onlooker("no key", nobody)}
        for name, party in parties.items():
            receiver = await stack.enter_async_context(receiving())
            made = await party.register_webhook(receiver.url, EVENTS)
            receiver.secret = made["secret"]
            found[name] = Onlooker(name, party.http, party, receiver=receiver, webhook_id=made["id"])
        yield found


@asynccontextmanager
async def watching(watches: Collection[tuple[Onlooker, str, str]]) -> AsyncIterator[None]:
    """Each watches its stream in the background of the block."""
    tasks = [asyncio.create_task(who.watch(route, path)) for who, route, path in watches]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _fractions(value: Any) -> Iterator[float]:
    if isinstance(value, dict):
        for each in value.values():
            yield from _fractions(each)
    elif isinstance(value, list):
        for each in value:
            yield from _fractions(each)
    elif isinstance(value, float) and not value.is_integer():
        yield value
