"""Which deliveries follow from events, however these arrive."""

import asyncio
import random
from datetime import timedelta
from typing import Any

import pytest

from joust_kit.messaging.inbox import Outcome
from joust_kit.testing.component import message_from

NOWHERE = "http://localhost:9/"


async def test_each_subscribed_endpoint_gets_one_delivery_with_one_job(scene: Any) -> None:
    first = await scene.register(scene.owner, NOWHERE, "submission.created", "deal.created")
    second = await scene.register(scene.owner, NOWHERE, "submission.created")
    await scene.register(scene.owner, NOWHERE, "submission.failed")
    await scene.service.deliver(scene.events()["received"])
    deliveries = await scene.deliveries()
    assert {str(each.endpoint_id) for each in deliveries} == {first["id"], second["id"]}
    for each in deliveries:
        assert (each.state, each.attempts, each.version) == ("pending", 0, 1)
        assert await scene.waiting_jobs(each) == [
            {"delivery_id": str(each.id), "attempt": 1, "endpoint_id": str(each.endpoint_id)}
        ]


async def test_an_event_that_nobody_subscribed_to_leaves_nothing(scene: Any) -> None:
    await scene.register(scene.owner, NOWHERE, "task.matched")
    await scene.service.deliver(scene.events()["published"])
    assert await scene.deliveries() == []


async def test_an_event_that_comes_twice_is_delivered_once(scene: Any, an_event: Any) -> None:
    await scene.register(scene.owner, NOWHERE)
    message = message_from(an_event(scene, "received"))
    assert await scene.service.deliver_message(message) is Outcome.HANDLED
    assert await scene.service.deliver_message(message) is Outcome.DUPLICATE
    assert len(await scene.deliveries()) == 1


async def test_an_event_that_is_handled_again_after_its_mark_was_pruned_is_delivered_once(
    scene: Any, an_event: Any
) -> None:
    await scene.register(scene.owner, NOWHERE)
    event = an_event(scene, "received")
    await scene.service.deliver_message(message_from(event))
    async with scene.service.database.transaction() as unit:
        await scene.service.runtime.inbox.forget(unit, event.id)
    assert await scene.service.deliver_message(message_from(event)) is Outcome.HANDLED
    (delivery,) = await scene.deliveries()
    assert len(await scene.waiting_jobs(delivery)) == 1


async def test_an_event_that_comes_twice_at_once_is_delivered_once(scene: Any, an_event: Any) -> None:
    await scene.register(scene.owner, NOWHERE)
    message = message_from(an_event(scene, "received"))
    outcomes = await asyncio.gather(*(scene.service.deliver_message(message) for _ in range(4)))
    assert sorted(outcomes) == [Outcome.DUPLICATE] * 3 + [Outcome.HANDLED]
    assert len(await scene.deliveries()) == 1


@pytest.mark.parametrize("seed", range(4))
async def test_the_deliveries_do_not_depend_on_the_order_of_events(
    scene: Any, an_event: Any, seed: int
) -> None:
    await scene.register(scene.owner, NOWHERE)
    await scene.register(scene.competitor, NOWHERE)
    messages = [message_from(an_event(scene, name)) for name in scene.events()] * 2
    random.Random(seed).shuffle(messages)
    for message in messages:
        await scene.service.deliver_message(message)
    kinds = sorted(each.event_type.value for each in await scene.deliveries(scene.owner))
    shared = ["deal.created", "evaluation.completed", "submission.completed", "submission.created"]
    drops = ["drop.cancelled", "drop.closed", "drop.failed", "drop.verified"]
    shared += ["submission.failed", *drops, *scene.events_in_competition()]
    of_owner = [*["task.status_changed"] * 3, "drop.opened", *scene.competition_events()]
    assert kinds == sorted([*shared, *of_owner])
    kinds = sorted(each.event_type.value for each in await scene.deliveries(scene.competitor))
    assert kinds == sorted(shared)


async def test_a_new_endpoint_hears_nothing_of_the_past(scene: Any, an_event: Any) -> None:
    message = message_from(an_event(scene, "published"))
    with scene.service.clock.ahead(timedelta(minutes=2)):
        await scene.register(scene.owner, NOWHERE)
    await scene.service.deliver_message(message)
    assert await scene.deliveries() == []


async def test_an_event_of_a_machine_whose_clock_is_late_is_heard(scene: Any, an_event: Any) -> None:
    message = message_from(an_event(scene, "published"))
    with scene.service.clock.ahead(timedelta(seconds=5)):
        await scene.register(scene.owner, NOWHERE)
    await scene.service.deliver_message(message)
    assert len(await scene.deliveries()) == 1


async def test_a_rebuild_sends_nothing(scene: Any, an_event: Any) -> None:
    await scene.register(scene.owner, NOWHERE)
    message = message_from(an_event(scene, "published"))
    await scene.service.runtime.inbox.handle_message(message, timeout_seconds=10, silent=True)
    assert await scene.deliveries() == []
