"""Every service, told what was really played: twice, ten times, in any order, an hour late.

What it knows in the end is what it knows when each event comes once and in order.
"""

import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import timedelta

import asyncpg
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from joust_contracts.services import ServiceName
from joust_kit.messaging.envelope import Message
from joust_kit.observability.metrics import STALE_EVENTS
from joust_kit.testing.component import ServiceUnderTest
from tests.events.recording import recorded
from tests.events.world import Listener, told_anew

LISTENERS = [name for name in ServiceName if name is not ServiceName.GATEWAY]
KNOW_TASKS = [ServiceName.SUBMISSION, ServiceName.EVALUATION, ServiceName.RANKING, ServiceName.WALLET]


@pytest.fixture
async def listener(
    request: pytest.FixtureRequest, open_service: Callable[..., Awaitable[ServiceUnderTest]]
) -> AsyncIterator[Listener]:
    """The service that the test is for."""
    service = await open_service(request.param)
    url = str(service.service.settings.database_url).replace("+asyncpg", "")
    admin = await asyncpg.connect(url)
    yield Listener(service, admin)
    await admin.close()


_in_order: dict[ServiceName, dict[str, str]] = {}


async def told_in_order(listener: Listener) -> dict[str, str]:
    """The state after each event came once and in order; found out once for each service."""
    if listener.name not in _in_order:
        _in_order[listener.name] = await listener.state_after(listener.messages)
    return _in_order[listener.name]


every_service = pytest.mark.parametrize("listener", LISTENERS, indirect=True)


def test_the_recording_has_every_event_that_somebody_hears() -> None:
    from importlib import import_module

    types = {message.wire_type for message in recorded()}
    tables = [import_module(f"joust_{name}.subscriptions").SUBSCRIPTIONS for name in ServiceName]
    heard = {each for table in tables for each in table.event_types}
    assert heard <= types


@every_service
async def test_every_event_twice_is_as_good_as_once(listener: Listener) -> None:
    once = await told_in_order(listener)
    assert once != await listener.state_after([]), "nothing would be compared with nothing"
    assert await listener.state_after(twice(listener.messages)) == once


@pytest.mark.faults
@every_service
async def test_every_event_ten_times_is_as_good_as_once(listener: Listener) -> None:
    once = await told_in_order(listener)
    await listener.state_after(twice(listener.messages))
    for _ in range(8):
        await listener.tell(listener.messages)
    assert await listener.state() == once


def twice(messages: Sequence[Message]) -> list[Message]:
    """Each one, and right after it once more."""
    return [message for message in messages for _ in range(2)]


@pytest.mark.parametrize(
    "listener", [each for each in LISTENERS if each is not ServiceName.WEBHOOK], indirect=True
)
async def test_what_is_known_told_again_as_another_event_changes_nothing(listener: Listener) -> None:
    once = await listener.state_after(listener.messages)
    assert once == await told_in_order(listener)
    await listener.tell(map(told_anew, listener.messages))
    assert await listener.state() == once


@every_service
@settings(
    max_examples=3,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    # each example is some hundred statements: a failure is shown as it was found, not made smaller
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
@given(seed=st.integers(0, 2**32), in_topic_order=st.booleans())
async def test_any_order_ends_in_the_same_state(listener: Listener, seed: int, in_topic_order: bool) -> None:
    messages = listener.messages
    expected = await told_in_order(listener)
    shuffled = random.Random(seed).sample(messages, len(messages))
    if in_topic_order:
        shuffled = in_order_of_topics(shuffled, messages)
    assert await listener.state_after(shuffled) == expected


def in_order_of_topics(shuffled: Sequence[Message], messages: Sequence[Message]) -> list[Message]:
    """Topics mixed as in ``shuffled``, each in its own order, which is what Kafka promises at the most."""
    queues = {topic: iter([each for each in messages if each.topic == topic]) for topic in topics(messages)}
    return [next(queues[message.topic]) for message in shuffled]


def topics(messages: Sequence[Message]) -> set[str]:
    return {message.topic for message in messages}


@pytest.mark.parametrize("listener", KNOW_TASKS, indirect=True)
async def test_an_event_that_comes_an_hour_late_is_dropped_and_counted(listener: Listener) -> None:
    messages = listener.messages
    expected = await told_in_order(listener)
    late = next(message for message in messages if message.wire_type == "task.published.v1")
    dropped = STALE_EVENTS.labels(late.wire_type)
    await listener.state_after([message for message in messages if message is not late])
    before = dropped._value.get()
    with listener.service.clock.ahead(timedelta(hours=1)):
        await listener.tell([late])
    assert await listener.state() == expected
    assert dropped._value.get() == before + 1
