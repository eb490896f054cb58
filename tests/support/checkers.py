"""Checks that hold after any fault, over what clients were told and what the stack remembers.

- set: what was acknowledged is there once;
- bank: the ledger adds up, and the money of posted work is where it is wanted;
- order: per aggregate, versions in the topics rise;
- events: nothing is left in an outbox, and what a topic holds its readers have in their inbox.
"""

import asyncio
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from importlib import import_module

import asyncpg
from aiokafka import AIOKafkaConsumer
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

from joust_contracts.events import CompetitionAnnounced
from joust_contracts.services import ServiceName
from joust_embedded.stack import Stack
from joust_kit.messaging.bus import Place
from joust_kit.messaging.envelope import Message, UnreadableEvent, decode, message_of
from joust_kit.messaging.kafka import KafkaBus
from joust_kit.messaging.subscriptions import Subscriptions
from tests.support.arena import eventually


async def read_topic(bootstrap: str, topic: str) -> list[Message]:
    """Everything in a topic, in order within each partition."""
    consumer = AIOKafkaConsumer(
        topic, bootstrap_servers=bootstrap, auto_offset_reset="earliest", enable_auto_commit=False
    )
    try:
        await consumer.start()
        ends = await consumer.end_offsets(list(consumer.assignment()))
        messages: list[Message] = []
        async with asyncio.timeout(60):
            while any([await consumer.position(place) < end for place, end in ends.items()]):
                for records in (await consumer.getmany(timeout_ms=200)).values():
                    messages += [message_of(record) for record in records]
        return messages
    finally:
        await consumer.stop()


async def all_topics(stack: Stack) -> list[Message]:
    """Everything that was ever told."""
    read = await asyncio.gather(*(read_topic(stack.kafka_bootstrap, name.topic) for name in ServiceName))
    return [message for messages in read for message in messages]


async def ends_of_topics(stack: Stack) -> dict[Place, int]:
    """Where the next event of each partition will lie."""
    return await KafkaBus(stack.kafka_bootstrap).ends([name.topic for name in ServiceName])


async def wait_until_quiet(stack: Stack, *, seconds: float = 60) -> None:
    """Wait until no outbox, no table of retries and no due job holds anything."""
    admin = await asyncpg.connect(stack.database_dsn)
    waiting = " UNION ALL ".join(
        f"SELECT count(*) FROM {name}.outbox UNION ALL SELECT count(*) FROM {name}.inbox_retries"
        f" UNION ALL SELECT count(*) FROM {name}.{name}_jobs WHERE next_attempt_at <= now()"
        for name in ServiceName
    )

    async def quiet() -> bool:
        return all(row[0] == 0 for row in await admin.fetch(waiting))

    try:
        await eventually(quiet, seconds=seconds)
    except TimeoutError:
        places = [
            f"{name}.{table}" for name in ServiceName for table in ("outbox", "inbox_retries", f"{name}_jobs")
        ]
        counts = [row[0] for row in await admin.fetch(waiting)]
        raise AssertionError(f"still waiting: {dict(zip(places, counts, strict=True))}") from None
    finally:
        await admin.close()


async def missing_from_inboxes(stack: Stack, messages: Iterable[Message]) -> list[str]:
    """Events that a reader should have handled and has no mark of."""
    admin = await asyncpg.connect(stack.database_dsn)
    missing: list[str] = []
    try:
        for name in ServiceName:
            table: Subscriptions = import_module(f"joust_{name}.subscriptions").SUBSCRIPTIONS
            wanted = {m.headers["ce_id"] for m in messages if m.wire_type in table.by_type}
            rows = await admin.fetch(f"SELECT event_id FROM {name}.inbox")
            missing += [f"{name}: {id}" for id in wanted - {str(row[0]) for row in rows}]
    finally:
        await admin.close()
    return missing


async def events_are_complete(stack: Stack, *, seconds: float = 60) -> list[Message]:
    """Fails unless every event in the topics was handled by all who listen to it; returns the events.

    Handling tells new events, which an outbox may not hold yet when all of them are seen empty. So it goes on until
    nothing came to the topics from before they were read until all that was read is handled and told on.
    """
    async with asyncio.timeout(seconds * 2):
        while True:
            await wait_until_quiet(stack, seconds=seconds)
            ends = await ends_of_topics(stack)
            messages = await all_topics(stack)
            await wait_until_handled(stack, messages)
            await wait_until_quiet(stack, seconds=seconds)
            if await ends_of_topics(stack) == ends:
                return messages


async def wait_until_handled(stack: Stack, messages: Sequence[Message]) -> None:
    """Fails with the events that their readers have no mark of after 20 seconds."""

    async def handled() -> bool:
        return not await missing_from_inboxes(stack, messages)

    try:
        await eventually(handled, seconds=20)
    except TimeoutError:
        missing = await missing_from_inboxes(stack, messages)
        assert missing == [], missing


def is_readable(message: Message) -> bool:
    """False for the poison that other tests left in the topics."""
    try:
        decode(message)
    except UnreadableEvent:
        return False
    return True


def repeats(message: Message) -> bool:
    """True for an event that tells an aggregate anew, or tells others what an event before it told."""
    return ".snapshot." in message.wire_type or message.wire_type == CompetitionAnnounced.wire_type()


def versions_rise(messages: Iterable[Message]) -> None:
    """Fails unless each aggregate's versions rise, apart from events that were sent again.

    What is told again tells no change, so it may repeat the version before it.
    """
    newest: dict[tuple[str, str], int] = defaultdict(int)
    seen: set[str] = set()
    for message in messages:
        if message.headers["ce_id"] in seen or not is_readable(message):
            continue
        seen.add(message.headers["ce_id"])
        place = (message.topic, message.headers["ce_subject"])
        version = int(message.headers["ce_aggregateversion"])
        lowest = newest[place] if repeats(message) else newest[place] + 1
        assert version >= lowest, f"{message.wire_type} of {place} came with version {version} too late"
        newest[place] = version


async def ledger_adds_up(stack: Stack) -> None:
    """Fails if anything is wrong with the ledger, or with what it pays for."""
    from joust_wallet.auditor import find_all_violations

    url = stack.env["wallet"]["JOUST_WALLET_DATABASE_URL"]
    engine = create_async_engine(url)
    try:
        async with AsyncSession(engine) as session:
            found = await find_all_violations(session)
            assert found == [], found
    finally:
        await engine.dispose()


UNFOLLOWED = """
    SELECT subject_id, fundings.wanted, escrows.status
    FROM task.fundings LEFT JOIN wallet.escrows ON escrows.id = subject_id
    WHERE fundings.version IS DISTINCT FROM funding_version OR fundings.payer_id <> escrows.payer_id
        OR escrows.status <> ALL (CASE fundings.wanted
            WHEN 'hold' THEN ARRAY['held', 'rejected'] WHEN 'payout' THEN ARRAY['paid'] ELSE ARRAY['released']
        END)
    UNION ALL
    SELECT escrows.id, 'nothing', escrows.status
    FROM wallet.escrows LEFT JOIN task.fundings ON escrows.id = subject_id WHERE subject_id IS NULL
"""
"""Posted work whose money is not where it wants it, and money that no posted work wants (M11). At rest there is none."""


async def wishes_are_followed(stack: Stack) -> None:
    """Fails unless the task service and the wallet agree on the money of each posted work. Call it at rest.

    A timer may end a drop of long ago at any time: a wish counts as not followed if it is so for a second look.
    """
    admin = await asyncpg.connect(stack.database_dsn)
    try:
        found = {tuple(row) for row in await admin.fetch(UNFOLLOWED)}
        if found:
            await asyncio.sleep(1)
            found &= {tuple(row) for row in await admin.fetch(UNFOLLOWED)}
    finally:
        await admin.close()
    assert not found, found


async def scored_exactly_once(messages: Iterable[Message], submission_ids: Iterable[str]) -> None:
    """Fails unless each submission has exactly one ``evaluation.completed``, whatever was sent twice."""
    results: dict[str, set[str]] = defaultdict(set)
    for message in messages:
        if message.wire_type == "evaluation.completed.v1":
            results[json.loads(message.value)["submission"]["id"]].add(message.headers["ce_id"])
    counts = {id: len(results[id]) for id in submission_ids}
    wrong = {id: count for id, count in counts.items() if count != 1}
    assert wrong == {}, wrong


async def paid_exactly_once(stack: Stack, deal_ids: Iterable[str]) -> None:
    """Fails unless each deal has one transfer and is settled."""
    admin = await asyncpg.connect(stack.database_dsn)
    try:
        for id in deal_ids:
            transfers = await admin.fetchval(
                "SELECT count(*) FROM wallet.transfers WHERE idempotency_key = $1", f"deal:{id}"
            )
            status = await admin.fetchval("SELECT status FROM wallet.deals WHERE id = $1::uuid", id)
            assert (transfers, status) == (1, "settled"), f"{id} has {transfers} transfers and is {status}"
    finally:
        await admin.close()
