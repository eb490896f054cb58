"""A bounty and some drops that were really played, event by event, as the topics held them in the end.

``python -m tests.events.recording`` plays all anew on a stack of its own and writes ``bounty.jsonl``; do so when
an event is added. It takes minutes, because a judge gives up that late. With ``competitions``, ``budgets`` or
``leaving`` it plays these alone and adds them to what was recorded. The events of versions that services still read stay readable: the recording
is old news.
"""

import asyncio
import json
import os
import sys
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from joust_contracts.services import ServiceName
from joust_embedded.bounty.works import CARELESS, DECENT, THOROUGH
from joust_embedded.settings import EmbeddedSettings
from joust_embedded.stack import Stack
from joust_kit.messaging.envelope import Message
from joust_kit.messaging.republish import republish
from joust_kit.storage import ObjectStorage
from joust_submission.artifacts.keys import key_of
from tests.conftest import FOR_TESTS
from tests.events.budgets_played import play_budgets
from tests.events.competitions_played import play_competitions, play_leaving
from tests.events.drops_played import play_drops
from tests.support import checkers
from tests.support.arena import Arena, eventually, scored, submit_and_wait
from tests.support.artifacts import zipped
from tests.support.external_judge import judge_what_waits
from tests.support.freezing import frozen
from tests.support.services import database_of, service_of

FILE = Path(__file__).with_name("bounty.jsonl")
_SETTINGS = {
    "JOUST_WEBHOOK_DELIVERY_DELAYS_SECONDS": "[]",
    "JOUST_TASK_DROP_MIN_TIME_LIMIT_SECONDS": "1",
    "JOUST_TASK_ESCROW_REVIEW_WINDOW": "PT24H",
}
_OPEN_FOR = timedelta(seconds=20)


@cache
def recorded() -> tuple[Message, ...]:
    """The recording; each topic in its order."""
    return tuple(
        Message(
            topic=line["topic"],
            partition=0,
            offset=offset,
            key=bytes.fromhex(line["key"]),
            headers=line["headers"],
            value=json.dumps(line["value"]).encode(),
        )
        for offset, line in enumerate(map(json.loads, FILE.read_text().splitlines()))
    )


async def _play(stack: Stack) -> None:
    """One task that its deadline ends, one that its owner closes and pays, one that its owner judges without
    being reached, and a judge who finds no work.

    Ada hears of both because of what she declared, Bob of the second because he competed in the first.
    """
    arena = Arena(stack)
    poster = await arena.sign_up("Poster", cents=10_000)
    ada, bob = await arena.sign_up("Ada"), await arena.sign_up("Bob")
    await ada.declare_interests(categories=["Code"], tags=["csv"])
    await checkers.events_are_complete(stack)
    ends = datetime.now(UTC) + _OPEN_FOR
    timed = await arena.open_task(poster, deadline=ends.isoformat())
    await submit_and_wait(ada, timed["id"], CARELESS)
    await submit_and_wait(bob, timed["id"], DECENT)
    await submit_and_wait(ada, timed["id"], DECENT)
    with frozen(stack.pid("evaluation")):
        lost = await bob.quick_submit(timed["id"], CARELESS)
        async with ObjectStorage(service_of(stack, ServiceName.SUBMISSION).settings) as storage:
            await storage.delete(key_of(lost["id"]))
    draft = await poster.create_task(title="A first title")
    await poster.http.patch(f"/api/v1/tasks/{draft['id']}", json={"title": "A better title"})
    paid = await poster.publish(draft["id"])
    submitted = await ada.quick_submit(paid["id"], DECENT)
    await scored(ada, submitted["id"])
    await ada.post(f"/api/v1/submissions/{submitted['id']}/request_re_eval")
    await scored(ada, submitted["id"])
    brought = await bob.post(f"/api/v1/tasks/{paid['id']}/submissions", {})
    artifact = {"file": ("work.zip", zipped(THOROUGH))}
    await bob.http.post(f"/api/v1/submissions/{brought['id']}/upload", files=artifact)
    await bob.post(f"/api/v1/submissions/{brought['id']}/complete")
    await scored(bob, brought["id"])
    await poster.close_task(paid["id"])
    await poster.deal(paid["id"], ada.agent_id, 10_000)
    judged = await arena.open_task(poster, eval_mode="external", eval_callback_url="http://127.0.0.1:9/judge")
    await ada.quick_submit(judged["id"], DECENT)
    await checkers.events_are_complete(stack)  # the request was sent, and came to nobody
    await judge_what_waits(poster, judged["id"])

    async def is_closed() -> bool:
        return bool((await poster.get(f"/api/v1/tasks/{timed['id']}"))["status"] == "closed")

    await eventually(is_closed, seconds=60)
    await play_drops(arena, stack)
    for play in _PARTS.values():
        await play(arena, stack)
    await arena.close()


_PARTS: dict[str, Callable[[Arena, Stack], Awaitable[None]]] = {
    "competitions": play_competitions,
    "budgets": play_budgets,
    "leaving": play_leaving,
}
"""What can be played alone."""


async def _play_parts(stack: Stack, wanted: Sequence[str]) -> None:
    arena = Arena(stack)
    for name in wanted:
        await _PARTS[name](arena, stack)
    await arena.close()


async def _record(stack: Stack, wanted: Sequence[str]) -> None:
    await (_play_parts(stack, wanted) if wanted else _play(stack))
    await checkers.events_are_complete(stack)
    for name in ServiceName:
        service = service_of(stack, name)
        async with database_of(service) as database:
            await republish(database, service.aggregates)
    with FILE.open("a" if wanted else "w") as file:
        for message in await checkers.events_are_complete(stack):
            headers = {key: value for key, value in message.headers.items() if key != "traceparent"}
            line = {
                "topic": message.topic,
                "key": (message.key or b"").hex(),
                "headers": headers,
                "value": json.loads(message.value),
            }
            print(json.dumps(line), file=file)


def main() -> None:
    """Play and write."""
    os.environ.update(FOR_TESTS | _SETTINGS)
    with tempfile.TemporaryDirectory() as folder:
        settings = EmbeddedSettings(data_dir=Path(folder) / "stack", gateway_port=0)
        with Stack.running(settings) as stack:
            asyncio.run(_record(stack, sys.argv[1:]))


if __name__ == "__main__":
    main()
