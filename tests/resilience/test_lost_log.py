"""Kafka lost its log: topics are made anew, and everything comes back from what the services hold."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping

import asyncpg
import pytest
from aiokafka.admin import AIOKafkaAdminClient

from joust_contracts.services import ServiceName
from joust_embedded.bounty.receiver import Receiver
from joust_embedded.stack import Stack
from joust_embedded.topics import create_topics, wanted_topics
from joust_kit.messaging.republish import republish
from tests.support import checkers
from tests.support.arena import Arena, eventually
from tests.support.commands import printed_by
from tests.support.load import History, play_one
from tests.support.rebuild import rebuild_differs
from tests.support.services import database_of, service_of
from tests.support.soundness import arena_is_sound, tasks_of
from tests.support.state import dropped_projections, fingerprints

pytestmark = pytest.mark.faults
PARTITIONS = 3
EFFECTS = ("wallet.transfers", "webhook.deliveries", "webhook.attempts", "evaluation.evaluations")
"""What is done to the outside, or costs something; each row is one deed."""


@pytest.fixture(scope="module")
def stack(young_stack: Stack) -> Stack:
    """Not that of all other tests: its topics are deleted under everybody's feet."""
    return young_stack


@pytest.fixture
async def admin(stack: Stack) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(stack.database_dsn)
    yield connection
    await connection.close()


async def test_everything_comes_back_when_the_services_tell_again_what_they_hold(
    stack: Stack, admin: asyncpg.Connection, receiver: Receiver
) -> None:
    arena, history = Arena(stack), History()
    await play_one(arena, history)
    await listen(history, receiver)
    await checkers.events_are_complete(stack)
    before, effects, hooks = await fingerprints(admin), await count_effects(admin), Counter(receiver.ids)

    await lose_the_log(stack)
    await dropped_projections(admin, ServiceName.WALLET)
    await tell_again(stack)

    await eventually(lambda: is_equal(admin, before), seconds=30)
    assert await done_beyond(admin, effects) == {}
    assert Counter(receiver.ids) == hooks
    # Twice is as good as once, also for a service that is to be rebuilt from what was told.
    await tell_again(stack)
    assert (await printed_by(stack, "task", "republish")).startswith("told ")
    assert "rebuilt from" in await printed_by(stack, "ranking", "rebuild")
    await checkers.events_are_complete(stack)
    assert await fingerprints(admin) == before
    assert await done_beyond(admin, effects) == {}
    old = {str(row[0]) for row in await admin.fetch("SELECT id FROM task.tasks")}
    assert await rebuild_differs(stack, await checkers.all_topics(stack), old) == []
    afterwards = History()
    await play_one(arena, afterwards)
    await arena_is_sound(stack, afterwards)
    await arena.close()


async def test_what_was_under_way_when_the_log_was_lost_goes_on(
    stack: Stack, admin: asyncpg.Connection
) -> None:
    """Readers are cut off from Kafka by the loss itself: nobody heard of what is told in between."""
    arena, history = Arena(stack), History()
    poster, agent = await arena.sign_up("Poster"), await arena.sign_up("Agent")
    task = await arena.open_task(poster)
    await checkers.events_are_complete(stack)
    await delete_topics(stack)
    submitted = await agent.quick_submit(task["id"], {"a.py": "print(1)"})
    # The news is lost with the topics, rather than kept in the outbox.
    await admin.execute("DELETE FROM submission.outbox")
    await make_topics(stack)
    await tell_again(stack)

    async def is_scored() -> bool:
        return bool((await agent.submission(submitted["id"]))["evaluated"])

    await eventually(is_scored, seconds=30)
    history.submissions.append(submitted["id"])
    history.parties += [poster, agent]
    await poster.close_task(task["id"])
    await arena_is_sound(stack, history)
    assert tasks_of(await checkers.all_topics(stack), history) == {task["id"]}
    await arena.close()


async def listen(history: History, receiver: Receiver) -> None:
    """The first poster is told of its deals and tasks by webhooks."""
    poster = history.parties[0]
    endpoint = await poster.register_webhook(receiver.url, ["task.status_changed", "deal.created"])
    receiver.secret = endpoint["secret"]
    task = await poster.create_task()
    await poster.publish(task["id"])
    await poster.close_task(task["id"])
    await receiver.wait_for(lambda each: len(each.ids) == 2)


async def lose_the_log(stack: Stack) -> None:
    await delete_topics(stack)
    await make_topics(stack)


async def delete_topics(stack: Stack) -> None:
    """Delete all topics, and wait until the broker knows none of them."""
    admin = AIOKafkaAdminClient(bootstrap_servers=stack.kafka_bootstrap)
    await admin.start()
    try:
        await admin.delete_topics(list(wanted_topics(PARTITIONS)))

        async def gone() -> bool:
            return not {each["topic"] for each in await admin.describe_topics()} & set(
                wanted_topics(PARTITIONS)
            )

        await eventually(gone)
    finally:
        await admin.close()


async def make_topics(stack: Stack) -> None:
    await create_topics(stack.kafka_bootstrap, PARTITIONS, 30)


async def tell_again(stack: Stack) -> None:
    """What the command ``republish`` of every service does, without seven interpreters."""

    async def tell(name: ServiceName) -> None:
        service = service_of(stack, name)
        async with database_of(service) as database:
            await republish(database, service.aggregates)

    await asyncio.gather(*map(tell, ServiceName))


async def is_equal(admin: asyncpg.Connection, before: dict[str, str]) -> bool:
    return await fingerprints(admin) == before


async def done_beyond(admin: asyncpg.Connection, before: Mapping[str, int]) -> dict[str, int]:
    """What is not as often there as before.

    Of the webhooks' jobs there may be fewer: what a dispatcher that was killed in another test had in hand has
    a second job, which ends whenever it is due.
    """
    now = await count_effects(admin)
    fewer_jobs = {"webhook jobs"} if now["webhook jobs"] < before["webhook jobs"] else set()
    return {name: count for name, count in now.items() if count != before[name] and name not in fewer_jobs}


async def count_effects(admin: asyncpg.Connection) -> dict[str, int]:
    counts = {table: await admin.fetchval(f"SELECT count(*) FROM {table}") for table in EFFECTS}
    jobs = {
        f"{name} jobs": await admin.fetchval(f"SELECT count(*) FROM {name}.{name}_jobs")
        for name in ServiceName
    }
    return counts | jobs
