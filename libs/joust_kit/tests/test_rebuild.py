"""A rebuild repeats exactly what was handled, tells nobody, and leaves the rest to the service."""

import pytest
from sqlalchemy import func, select

from joust_contracts.events import Event, TaskPublished
from joust_kit.database.failures import RebuildInProgress
from joust_kit.messaging.envelope import Message
from joust_kit.messaging.rebuild import rebuild
from joust_kit.service import Runtime
from libs.joust_kit.tests.conftest import TABLES, Kit, eventually
from libs.joust_kit.tests.samples import a_task_published, an_event
from libs.joust_kit.tests.test_consumer import Witness, fail, tell


async def stored(kit: Kit, event: Event[TaskPublished]) -> Message:
    """The event as the consumer gets it; it is in Kafka too."""
    from joust_kit.messaging.envelope import encode
    from joust_kit.testing.component import message_from

    headers, value = encode(event)
    await kit.produce("joust.task", event.ordering_key.bytes, headers, value)
    return message_from(event)


async def committed(runtime: Runtime, event: Event[TaskPublished]) -> None:
    """Wait until the handling of the event counts: its handler is done a moment earlier."""

    async def marked() -> bool:
        async with runtime.database.reading() as session:
            mine = select(func.count()).where(TABLES.inbox.c.event_id == event.id)
            return bool(await session.scalar(mine))

    await eventually(marked)


async def test_what_was_handled_is_handled_again_and_a_redelivery_changes_nothing(kit: Kit) -> None:
    witness = Witness()
    runtime = await kit.open([witness.handler()])
    event = an_event(a_task_published())
    message = await stored(kit, event)
    await witness.wait_for(event.subject, [1])
    await committed(runtime, event)
    await runtime.background.stop()

    await rebuild(runtime)
    assert witness.versions(event.subject) == [1, 1]
    await runtime.consumer.consume([message])
    assert witness.versions(event.subject) == [1, 1]


async def test_what_was_not_yet_handled_is_left_to_the_service(kit: Kit) -> None:
    witness = Witness()
    runtime = await kit.open([witness.handler()])
    handled = await tell(kit, an_event(a_task_published()).subject, 1)
    await witness.wait_for(handled.subject, [1])
    await committed(runtime, handled)
    await runtime.background.stop()
    pending = an_event(a_task_published())
    message = await stored(kit, pending)

    await rebuild(runtime)
    assert witness.versions(pending.subject) == []
    await runtime.consumer.consume([message])
    assert witness.versions(pending.subject) == [1]


async def test_what_was_set_aside_is_left_to_the_retries(kit: Kit) -> None:
    witness = Witness()
    runtime = await kit.open([witness.handler()], handler_max_attempts=100)
    event = an_event(a_task_published())
    witness.trouble[event.subject] = fail
    await stored(kit, event)

    async def waits() -> bool:
        async with runtime.database.reading() as session:
            mine = select(func.count()).where(TABLES.retries.c.event_id == event.id)
            return bool(await session.scalar(mine) == 1)

    await eventually(waits)
    await rebuild(runtime)
    assert await waits()
    del witness.trouble[event.subject]
    await witness.wait_for(event.subject, [1])


async def test_handlers_wait_while_a_rebuild_runs(kit: Kit) -> None:
    from joust_kit.messaging.rebuild import _alone

    witness = Witness()
    runtime = await kit.open([witness.handler()])
    async with _alone(runtime):
        event = await tell(kit, an_event(a_task_published()).subject, 1)
        other = await kit.open(run=False)
        async with other.database.reading() as session:
            taken = func.pg_try_advisory_xact_lock_shared(runtime.inbox.rebuild_lock)
            assert await session.scalar(select(taken)) is False
        assert witness.versions(event.subject) == []
    await witness.wait_for(event.subject, [1])


async def test_after_a_rebuild_that_was_cut_off_events_wait_until_it_is_run_again(
    kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    witness = Witness()
    runtime = await kit.open([witness.handler()])
    event = an_event(a_task_published())
    await stored(kit, event)
    await witness.wait_for(event.subject, [1])

    async def die(*_: object) -> None:
        raise ConnectionError("cut off")

    with monkeypatch.context() as patched:
        patched.setattr("joust_kit.messaging.rebuild._handle", die)
        with pytest.raises(ConnectionError):
            await rebuild(runtime)
    later = an_event(a_task_published())
    message = await stored(kit, later)
    with pytest.raises(RebuildInProgress):
        await runtime.inbox.handle_message(message, timeout_seconds=5)
    async with runtime.database.transaction() as unit:
        with pytest.raises(RebuildInProgress):
            await runtime.inbox.wait_for_no_rebuild(unit)
    assert witness.versions(later.subject) == []
    await rebuild(runtime)
    await witness.wait_for(event.subject, [1, 1])
    await witness.wait_for(later.subject, [1])
