"""A poison message through the whole stack: parked with its error, passed by, and driven again by command."""

import json
from uuid import uuid4

import asyncpg
from aiokafka import AIOKafkaProducer

from joust_embedded.stack import Stack
from tests.support.arena import Arena, eventually, submit_and_wait
from tests.support.commands import printed_by


async def produce(stack: Stack, topic: str, headers: dict[str, str], value: bytes) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=stack.kafka_bootstrap)
    await producer.start()
    pairs = [(name, content.encode()) for name, content in headers.items()]
    await producer.send_and_wait(topic, value, key=uuid4().bytes, headers=pairs)
    await producer.stop()


async def test_a_poison_message_is_parked_and_the_ones_behind_it_are_handled(
    arena: Arena, stack: Stack
) -> None:
    id = str(uuid4())
    headers = {
        "ce_id": id,
        "ce_type": "submission.received.v1",
        "ce_source": "/joust/submission",
        "ce_subject": id,
        "ce_time": "2026-01-01T00:00:00Z",
        "ce_aggregateversion": "1",
        "ce_partitionkey": id,
    }
    for _ in range(3):
        await produce(stack, "joust.submission", headers, json.dumps({"submission": "?"}).encode())

    poster, agent = await arena.sign_up("Poster"), await arena.sign_up("Agent")
    task = await arena.open_task(poster)
    await submit_and_wait(agent, task["id"])

    for service in ("evaluation", "ranking", "wallet", "webhook"):
        line = await dead_letter(stack, service, id)
        assert "malformed_value" in line
        assert "submission.received.v1" in line


async def test_a_dead_letter_is_handled_after_the_command_drives_it_again(arena: Arena, stack: Stack) -> None:
    """The cause is taken away between: the task's row was locked against the handler, then it is free."""
    poster = await arena.sign_up("Poster")
    task = await arena.open_task(poster)
    headers_of_event = await published_event(stack, task["id"])
    id = headers_of_event["ce_id"]
    broken = {**headers_of_event, "ce_aggregateversion": "broken", "ce_id": str(uuid4())}
    await produce(stack, "joust.task", broken, b"{}")

    await dead_letter(stack, "ranking", broken["ce_id"])
    redriven = await printed_by(stack, "ranking", "dead-letters", "redrive", broken["ce_id"])
    assert f"{broken['ce_id']} task.published.v1 queued" in redriven
    # It is as broken as before, so it is parked again rather than lost; the good one stays handled.
    admin = await asyncpg.connect(stack.database_dsn)

    async def gone_from_the_retries() -> bool:
        return not await admin.fetchval("SELECT count(*) FROM ranking.inbox_retries")

    await eventually(gone_from_the_retries)
    assert await admin.fetchval("SELECT count(*) FROM ranking.inbox WHERE event_id = $1::uuid", id) == 1
    await admin.close()


async def dead_letter(stack: Stack, service: str, id: str) -> str:
    """The line of an event in the list of a service's dead letters, once it is there."""
    found: list[str] = []

    async def parked() -> bool:
        listed = await printed_by(stack, service, "dead-letters", "list")
        found.extend(line for line in listed.splitlines() if id in line)
        return bool(found)

    await eventually(parked, seconds=120, every=0.5)
    return found[0]


async def published_event(stack: Stack, task_id: str) -> dict[str, str]:
    """Headers of the event that told the task's publication."""
    from tests.support.checkers import read_topic

    for message in await read_topic(stack.kafka_bootstrap, "joust.task"):
        if message.headers["ce_subject"] == task_id and message.wire_type == "task.published.v1":
            return message.headers
    raise AssertionError("the publication was not told")
