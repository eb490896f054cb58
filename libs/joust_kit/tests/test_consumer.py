"""Delivery: twice, out of order, poison, and back from the dead letters."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from sqlalchemy import func, select

from joust_contracts.events import Event, TaskPublished
from joust_kit.database.unit_of_work import UnitOfWork
from joust_kit.messaging.envelope import encode
from joust_kit.messaging.redrive import DeadLetter, read_dead_letters, redrive
from joust_kit.messaging.subscriptions import Handler, handles
from joust_kit.service import Runtime
from libs.joust_kit.tests.conftest import NAME, TABLES, Kit, eventually, producing
from libs.joust_kit.tests.samples import a_task_published, an_event

Deed = Callable[[Event[TaskPublished]], Any]


class Witness:
    """Records what a handler was given, and does what a test wants for a task."""

    def __init__(self) -> None:
        self.seen: list[tuple[UUID, int, float]] = []
        self.trouble: dict[UUID, Deed] = {}

    def handler(self) -> Handler[TaskPublished]:
        @handles(TaskPublished)
        async def witness(event: Event[TaskPublished], unit: UnitOfWork) -> None:
            if (deed := self.trouble.get(event.subject)) is not None:
                await deed(event)
            self.seen.append((event.subject, event.aggregate_version, time.monotonic()))

        return witness

    def versions(self, task: UUID) -> list[int]:
        return [version for subject, version, _ in self.seen if subject == task]

    async def wait_for(self, task: UUID, versions: list[int]) -> None:
        async def came() -> bool:
            return len(self.versions(task)) >= len(versions)

        await eventually(came)
        assert self.versions(task) == versions


async def fail(_event: Event[TaskPublished]) -> None:
    raise RuntimeError("the handler does not like this one")


async def hang(_event: Event[TaskPublished]) -> None:
    await asyncio.Event().wait()


async def tell(kit: Kit, task: UUID, version: int, **changes: str) -> Event[TaskPublished]:
    event = an_event(a_task_published(task, version))
    headers, value = encode(event)
    await kit.produce("joust.task", event.ordering_key.bytes, {**headers, **changes}, value)
    return event


async def letter_about(runtime: Runtime, event_id: UUID) -> DeadLetter:
    found: list[DeadLetter] = []

    async def buried() -> bool:
        found[:] = [letter for letter in await read_dead_letters(runtime) if letter.id == event_id]
        return bool(found)

    await eventually(buried)
    return found[0]


async def count(runtime: Runtime, table: Any) -> int:
    async with runtime.database.reading() as session:
        return int(await session.scalar(select(func.count()).select_from(table)) or 0)


async def test_an_event_that_comes_twice_is_handled_once(kit: Kit) -> None:
    witness = Witness()
    await kit.open([witness.handler()])
    event = an_event(a_task_published())
    headers, value = encode(event)
    for _ in range(3):
        await kit.produce("joust.task", event.ordering_key.bytes, headers, value)
    await tell(kit, event.subject, 2)
    await witness.wait_for(event.subject, [1, 2])


async def test_an_event_whose_handler_fails_is_tried_again_and_later_ones_of_its_key_wait(kit: Kit) -> None:
    witness = Witness()
    runtime = await kit.open([witness.handler()], handler_max_attempts=50)
    task, other = uuid4(), uuid4()
    witness.trouble[task] = fail
    for version in (1, 2, 3):
        await tell(kit, task, version)
    await tell(kit, other, 1)
    await witness.wait_for(other, [1])
    assert witness.versions(task) == []
    del witness.trouble[task]
    await witness.wait_for(task, [1, 2, 3])

    async def no_retry_is_left() -> bool:
        return await count(runtime, TABLES.retries) == 0

    await eventually(no_retry_is_left)


async def test_a_poison_message_is_parked_with_its_error_and_those_behind_it_are_handled(kit: Kit) -> None:
    witness = Witness()
    runtime = await kit.open([witness.handler()])
    task = uuid4()

    async def fail_on_the_first(event: Event[TaskPublished]) -> None:
        if event.aggregate_version == 1:
            await fail(event)

    witness.trouble[task] = fail_on_the_first
    poison = await tell(kit, task, 1)
    await tell(kit, task, 2)
    await witness.wait_for(task, [2])
    letter = await letter_about(runtime, poison.id)
    assert (letter.reason, letter.attempts) == ("too_many_attempts", 3)
    assert "does not like this one" in letter.error


async def test_a_parked_message_is_handled_after_it_was_driven_again(kit: Kit) -> None:
    witness = Witness()
    runtime = await kit.open([witness.handler()])
    task = uuid4()
    witness.trouble[task] = fail
    poison = await tell(kit, task, 1)
    await letter_about(runtime, poison.id)
    del witness.trouble[task]
    assert [letter.id for letter in await redrive(runtime, [poison.id])] == [poison.id]
    await witness.wait_for(task, [1])


@pytest.mark.parametrize(
    ("changes", "value", "reason"),
    [
        ({}, b"{not json", "malformed_value"),
        ({}, b'{"task": {"id": 7}}', "malformed_value"),
        ({}, b"", "malformed_value"),
        ({"ce_type": "task.published.v99"}, None, "unknown_version"),
        ({"ce_id": "not-a-uuid"}, None, "malformed_headers"),
        ({"ce_aggregateversion": "three"}, None, "malformed_headers"),
    ],
)
async def test_a_message_that_is_no_event_is_parked_at_once_with_the_reason(
    kit: Kit, changes: dict[str, str], value: bytes | None, reason: str
) -> None:
    witness = Witness()
    runtime = await kit.open([witness.handler()])
    event = an_event(a_task_published())
    headers, good = encode(event)
    sent = good if value is None else value
    await kit.produce("joust.task", event.ordering_key.bytes, {**headers, **changes}, sent)
    await tell(kit, event.subject, 2)
    await witness.wait_for(event.subject, [2])

    async def buried() -> bool:
        letters = await read_dead_letters(runtime)
        return any(letter.message.key == event.ordering_key.bytes for letter in letters)

    await eventually(buried)
    letters = await read_dead_letters(runtime)
    assert [each.reason for each in letters if each.message.key == event.ordering_key.bytes] == [reason]


async def test_a_handler_that_hangs_delays_other_keys_by_at_most_two_seconds(kit: Kit) -> None:
    witness = Witness()
    await kit.open([witness.handler()], handler_timeout_seconds=1.5)
    stuck = uuid4()
    witness.trouble[stuck] = hang
    others = [uuid4() for _ in range(20)]
    await tell(kit, stuck, 1)
    began = time.monotonic()
    for other in others:
        await tell(kit, other, 1)
    for other in others:
        await witness.wait_for(other, [1])
    sent_in = time.monotonic() - began
    latest = max(at for subject, _, at in witness.seen if subject in others) - began
    assert latest < 2.0 + sent_in


async def test_a_restart_between_effect_and_commit_of_the_offset_handles_nothing_twice(kit: Kit) -> None:
    witness = Witness()
    first = await kit.open([witness.handler()], run=False)
    event = an_event(a_task_published())
    headers, value = encode(event)
    await kit.produce("joust.task", event.ordering_key.bytes, headers, value)
    from joust_kit.testing.component import message_from

    await first.consumer.consume([message_from(event)])
    await kit.open([witness.handler()])
    await tell(kit, event.subject, 2)
    await witness.wait_for(event.subject, [1, 2])


async def test_types_that_nobody_handles_leave_no_trace(kit: Kit) -> None:
    witness = Witness()
    runtime = await kit.open([witness.handler()], run=False)
    before = await count(runtime, TABLES.inbox)
    event = an_event(a_task_published())
    headers, value = encode(event)
    from joust_kit.messaging.envelope import Message

    stranger = Message(NAME.topic, 0, 0, event.ordering_key.bytes, {**headers, "ce_type": "x.y.v1"}, value)
    await runtime.consumer.consume([stranger])
    assert await count(runtime, TABLES.inbox) == before
    assert witness.seen == []


async def test_an_event_that_comes_twice_at_once_is_one_effect_and_one_duplicate(kit: Kit) -> None:
    from joust_kit.messaging.inbox import Outcome
    from joust_kit.testing.component import message_from

    witness = Witness()
    runtime = await kit.open([witness.handler()], run=False)
    message = message_from(an_event(a_task_published()))
    outcomes = await asyncio.gather(
        *(runtime.inbox.handle_message(message, timeout_seconds=10) for _ in range(5))
    )
    assert sorted(outcomes) == [Outcome.DUPLICATE] * 4 + [Outcome.HANDLED]
    assert len(witness.seen) == 1


async def begin_to_read(kit: Kit, witness: Witness) -> None:
    """Wait until the consumer is in its group and reads."""
    first = await tell(kit, uuid4(), 1)
    await witness.wait_for(first.subject, [1])


@asynccontextmanager
async def large_messages(kit: Kit) -> AsyncIterator[None]:
    """The topic takes what Kafka refuses by default, as others may have set it up."""
    admin = AIOKafkaAdminClient(bootstrap_servers=kit.kafka)
    await admin.start()

    async def limit(size: int) -> None:
        resource = ConfigResource(ConfigResourceType.TOPIC, "joust.task", {"max.message.bytes": str(size)})
        await admin.alter_configs([resource])

    await limit(20_000_000)
    try:
        yield
    finally:
        await limit(1_048_588)
        await admin.close()


POISON: dict[str, tuple[dict[str, str], bytes | None, str]] = {
    "malformed JSON": ({}, b"{not json", "malformed_value"),
    "wrong types": ({}, b'{"task": {"id": 7}}', "malformed_value"),
    "10 MB": ({}, b'{"task": "' + b"x" * 10_000_000 + b'"}', "malformed_value"),
    "unknown version": ({"ce_type": "task.published.v99"}, None, "unknown_version"),
    "raises always": ({}, None, "too_many_attempts"),
    "hangs always": ({}, None, "too_many_attempts"),
}


@pytest.mark.parametrize("kind", POISON)
async def test_poison_delays_other_keys_of_its_partition_by_at_most_two_seconds(kit: Kit, kind: str) -> None:
    """It is parked with its reason, and handled by command once what is wrong with it was mended."""
    changes, value, reason = POISON[kind]
    witness = Witness()
    runtime = await kit.open([witness.handler()], handler_timeout_seconds=1.5, handler_max_attempts=2)
    poison, others = an_event(a_task_published()), [an_event(a_task_published()) for _ in range(10)]
    witness.trouble[poison.subject] = hang if kind.startswith("hangs") else fail
    await begin_to_read(kit, witness)
    good = encode(poison)[1]
    began = time.monotonic()
    async with large_messages(kit), producing(kit.kafka) as producer:
        for event, content in [
            (poison, good if value is None else value),
            *((each, None) for each in others),
        ]:
            named, own = encode(event)
            named |= changes if event is poison else {}
            pairs = [(name, each.encode()) for name, each in named.items()]
            key = event.ordering_key.bytes
            await producer.send_and_wait("joust.task", content or own, key=key, headers=pairs, partition=0)
    sent_at = time.monotonic()
    for event in others:
        await witness.wait_for(event.subject, [1])
    # A machine that is slow to send megabytes is slow to read them, too.
    slowness = 3 * (sent_at - began)
    assert max(at for _, _, at in witness.seen) - sent_at < 2.0 + slowness
    letter = await letter_about(runtime, poison.id)
    assert letter.reason == reason
    assert len(letter.message.value) < 1_000_000
    if reason == "too_many_attempts":
        del witness.trouble[poison.subject]
        await redrive(runtime, [poison.id])
        await witness.wait_for(poison.subject, [1])
