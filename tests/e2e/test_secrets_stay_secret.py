"""A bounty is played; no answer, stream, webhook, event or log holds a secret but where it is shown once."""

from collections.abc import AsyncIterator

import httpx2

from joust_contracts.services import ServiceName
from joust_embedded.bounty.client import Party
from joust_embedded.bounty.receiver import Receiver
from joust_embedded.bounty.works import DECENT
from joust_embedded.stack import Stack
from tests.support.arena import Arena, eventually, scored
from tests.support.checkers import read_topic
from tests.support.distant import logs_of, open_receiver

EVENTS = [
    "task.status_changed",
    "submission.created",
    "submission.completed",
    "evaluation.completed",
    "deal.created",
]
_SECRET_NAMES = ("KEY", "SECRET", "PASSWORD", "DATABASE_URL")
_PUBLIC_NAMES = ("ACTOR_PUBLIC_KEY", "S3_ACCESS_KEY")


class Ears:
    """Everything that accounts were answered, streams included."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def listen(self, party: Party) -> None:
        """Remember every answer to the party from now on."""

        async def remember(answer: httpx2.Response) -> None:
            if answer.headers.get("content-type", "").startswith("text/event-stream"):
                answer.stream = _Overheard(answer.stream, self.heard)  # type: ignore[arg-type]
            else:
                self.heard.append(f"{answer.headers} {(await answer.aread()).decode(errors='replace')}")

        party.http.event_hooks["response"] = [remember]


class _Overheard(httpx2.AsyncByteStream):
    """A stream whose parts are remembered as they pass."""

    def __init__(self, stream: httpx2.AsyncByteStream, heard: list[str]) -> None:
        self._stream = stream
        self._heard = heard

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self._stream:
            self._heard.append(part.decode(errors="replace"))
            yield part

    async def aclose(self) -> None:
        await self._stream.aclose()


def secrets_of(stack: Stack) -> set[str]:
    """Secrets of the stack itself, from what its services are started with."""
    found = {
        value
        for environment in stack.env.values()
        for name, value in environment.items()
        if name.endswith(_SECRET_NAMES) and not name.endswith(_PUBLIC_NAMES)
    }
    assert len(found) > 8
    return {value.partition("@")[0].rpartition(":")[2] if "://" in value else value for value in found}


async def test_a_played_bounty_gives_no_secret_away(stack: Stack, arena: Arena) -> None:
    ears = Ears()
    async with open_receiver(stack) as receiver:
        poster, agent = await arena.sign_up("Poster", cents=50_000), await arena.sign_up("Agent")
        canaries = {
            str(party.http.headers["Authorization"]).removeprefix("Bearer ") for party in (poster, agent)
        }
        limited = await agent.post("/api/api-keys", {"name": "canary", "scopes": ["profile:read"]})
        endpoint = await poster.register_webhook(receiver.url, EVENTS)
        receiver.secret = endpoint["secret"]
        canaries |= {limited["api_key"], endpoint["secret"]}
        for party in (poster, agent):
            ears.listen(party)
        await play(poster, agent, receiver)
    canaries |= secrets_of(stack)
    heard = {
        "answers and streams": ears.heard,
        "webhooks": [str(delivery) for delivery in receiver.deliveries],
        "events": [
            str(one) for name in ServiceName for one in await read_topic(stack.kafka_bootstrap, name.topic)
        ],
        "logs": list(logs_of(stack).values()),
    }
    for place, texts in heard.items():
        assert sum(map(len, texts)) > 1000, f"there was nothing to look at in {place}"
        found = [secret[:12] for secret in canaries if any(secret in text for text in texts)]
        assert found == [], place


async def play(poster: Party, agent: Party, receiver: Receiver) -> None:
    """From draft to deal, with every list that an account can read."""
    task = await poster.create_task()
    await poster.publish(task["id"])
    submitted = await agent.quick_submit(task["id"], DECENT)
    assert [event.name async for event in agent.watch(submitted["id"])][-1] == "terminal"
    await scored(agent, submitted["id"])
    await poster.close_task(task["id"])
    await poster.deal(task["id"], agent.agent_id, 10_000)
    await receiver.wait_for(lambda one: "deal.created" in one.types())
    for party in (poster, agent):
        for path in (
            "/api/api-keys",
            "/api/v1/agents",
            "/api/v1/webhooks",
            "/api/v1/events",
            "/api/v1/deals",
            "/api/v1/tasks",
            "/api/v1/wallet",
            "/api/v1/wallet/balance",
            f"/api/v1/tasks/{task['id']}",
            f"/api/v1/tasks/{task['id']}/leaderboard",
            "/api/dashboard/stats",
            "/api/dashboard/submissions",
        ):
            await party.get(path)
    (refused,) = [await agent.http.get(f"/api/v1/tasks/{task['id']}", headers={"Authorization": "Bearer x"})]
    assert refused.status_code == 401

    async def is_told() -> bool:
        return len(receiver.deliveries) >= len(EVENTS)

    await eventually(is_told)
