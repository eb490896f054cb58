"""kill -9 at every failpoint while bounties are played.

One load runs through all kills: whichever service reaches an armed failpoint first dies there, at the first hit;
in the campaigns at the 1st, 2nd and 10th, and each service wherever it can.
"""

import asyncio
import os
from collections.abc import Callable, Coroutine, Iterator
from contextlib import ExitStack
from typing import Any
from unittest import mock

import asyncpg
import pytest

from joust_contracts.services import ServiceName
from joust_embedded.bounty.receiver import Receiver
from joust_embedded.stack import Stack
from joust_kit.failpoints import VARIABLE
from tests.conftest import FOR_TESTS
from tests.support import reborn
from tests.support.arena import Arena, eventually
from tests.support.bringing import UPLOADS_END_SOON
from tests.support.ending_drops import DROPS_END_SOON
from tests.support.failpoints import Plan, collect, each_that_reaches
from tests.support.history import Outcome
from tests.support.load import TO_THE_END_SECONDS, play, write_without_patience
from tests.support.parts import of_tests
from tests.support.provoking import provoking
from tests.support.soundness import arena_is_sound
from tests.support.sweep import Sweep

pytestmark = pytest.mark.faults
LEASE_SECONDS = 30
LOOK_AGAIN_SECONDS = 6
"""A worker looks for the jobs of dead ones every 5 s, give or take its jitter."""
RATE_BACK_SECONDS = 240
"""In the suite, where other tests share the processors; campaigns allow a lease and the next look."""
SWEEP_SECONDS = 480
"""Three times what it takes on two cores that do nothing else."""
CAMPAIGN_SECONDS = 1800
BURIED_SOON = {"JOUST_SUBMISSION_HANDLER_MAX_ATTEMPTS": "3"}
REMOVED_SOON = {"JOUST_SUBMISSION_WORKSPACE_REMOVAL_DELAY": "PT0.2S"}
"""Removals wait in memory, and services don't live long here."""
REMINDED_SOON = {
    "JOUST_SUBMISSION_STUCK_AFTER": "PT0.1S",
    "JOUST_SUBMISSION_STUCK_LONGEST_PAUSE": "PT20S",
    "JOUST_SUBMISSION_STUCK_MAX_REMINDERS": "10000",
}
"""Results are asked after while they are on their way, which must change nothing, and never given up."""


FIRST_HIT = [(1,)]
EARLY_AND_LATE = [(1, 2, 10)]
"""A service that has worked for a while dies with other things in hand than a fresh one."""


@pytest.fixture
def sweep(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, leases: dict[str, str]
) -> Iterator[Sweep]:
    """A stack of its own, with a plan in which nothing is armed yet."""
    folder = tmp_path_factory.mktemp("plan")
    plan = Plan(folder, request.param)
    hurried = {**BURIED_SOON, **REMOVED_SOON, **UPLOADS_END_SOON, **REMINDED_SOON, **DROPS_END_SOON}
    environment = {**FOR_TESTS, **leases, **hurried, VARIABLE: str(folder)}
    settings = of_tests(tmp_path_factory.mktemp("swept"))
    with ExitStack() as context:
        context.enter_context(mock.patch.dict(os.environ, environment))
        # -P: what lies beside the script is no library.
        stack = context.enter_context(Stack.running(settings, run_by=["-P", reborn.__file__]))
        yield Sweep(stack, plan, collect())


@pytest.mark.parametrize("sweep", FIRST_HIT, indirect=True)
async def test_nothing_is_lost_or_done_twice_wherever_a_service_dies(
    sweep: Sweep, receiver: Receiver
) -> None:
    await die_everywhere(sweep, receiver)


@pytest.mark.campaign
@pytest.mark.parametrize("sweep", EARLY_AND_LATE, indirect=True)
async def test_nothing_is_lost_or_done_twice_however_long_a_service_has_lived(
    sweep: Sweep, receiver: Receiver
) -> None:
    await die_everywhere(sweep, receiver, seconds=CAMPAIGN_SECONDS)
    sweep.publish("failpoints")


async def die_everywhere(sweep: Sweep, receiver: Receiver, *, seconds: float = SWEEP_SECONDS) -> None:
    """Each failpoint is armed, for whoever reaches it first."""

    def arm_all() -> None:
        for point in sweep.points:
            sweep.plan.arm(point.name, [point.owner] if point.owner else list(ServiceName))

    await kill_and_check(sweep, receiver, arm_all, seconds=seconds)


@pytest.mark.campaign
@pytest.mark.parametrize("sweep", EARLY_AND_LATE, indirect=True)
async def test_nothing_is_lost_or_done_twice_whichever_service_dies_wherever_it_can(
    sweep: Sweep, receiver: Receiver
) -> None:
    def arm_each() -> None:
        for point in sweep.points:
            for services in each_that_reaches(point):
                sweep.plan.arm(point.name, services)

    await kill_and_check(sweep, receiver, arm_each, seconds=CAMPAIGN_SECONDS)
    sweep.publish("failpoints-campaign")


async def kill_and_check(
    sweep: Sweep, receiver: Receiver, arm: Callable[[], None], *, seconds: float
) -> None:
    """One load, from before the first kill until all is well again after the last."""
    arena, stop = Arena(sweep.stack, patience_seconds=seconds), asyncio.Event()
    playing = asyncio.create_task(play(arena, stop, sweep.history, at_once=2, waiting=40))
    hasty = asyncio.create_task(write_without_patience(arena, stop, sweep.history))
    try:
        async with provoking(sweep.stack, arena, receiver) as provoker:
            await unless_over(playing, sweep.measure_rate())
            arm()
            await unless_over(playing, sweep.kill_everywhere(provoker, seconds=seconds))
            allowed = LEASE_SECONDS + LOOK_AGAIN_SECONDS
            slowest = allowed if seconds == CAMPAIGN_SECONDS else RATE_BACK_SECONDS
            await unless_over(playing, sweep.measure_recovery(taken_up_seconds=allowed, rate_seconds=slowest))
            stop.set()
            await asyncio.wait_for(asyncio.gather(playing, hasty), TO_THE_END_SECONDS)
            await arena_is_sound(sweep.stack, sweep.history)
            await timed_tasks_are_over(sweep.stack, provoker.timed_tasks, receiver)
        assert sweep.history.counts()[Outcome.UNKNOWN] > 0, "nobody was left in doubt: too few writes"
        assert len(sweep.plan.kills()) == sweep.plan.kills_planned
        assert {name: sweep.stack.restarts(name) for name in ServiceName} == dict.fromkeys(ServiceName, 0)
    except BaseException:
        print(f"missing: {sweep.plan.missing()}", sweep.report(), sep="\n")
        raise
    finally:
        stop.set()
        playing.cancel()
        hasty.cancel()
        await asyncio.gather(playing, hasty, return_exceptions=True)
        await arena.close()


async def unless_over(playing: asyncio.Task[None], step: Coroutine[Any, Any, None]) -> None:
    """Do ``step``, and raise what the load raises should it end meanwhile."""
    stepping = asyncio.create_task(step)
    try:
        await asyncio.wait({playing, stepping}, return_when=asyncio.FIRST_COMPLETED)
        if playing.done():
            playing.result()
        await stepping
    finally:
        stepping.cancel()


async def timed_tasks_are_over(stack: Stack, task_ids: list[str], receiver: Receiver) -> None:
    """Every deadline was kept, and its owner was told each step under one id, however often."""
    admin = await asyncpg.connect(stack.database_dsn)

    async def closed() -> bool:
        query = "SELECT count(*) FROM task.tasks WHERE id = ANY($1::uuid[]) AND status = 'closed'"
        return bool(await admin.fetchval(query, task_ids) == len(task_ids))

    async def told() -> bool:
        return len(steps_told(receiver)) == 3 * len(task_ids)

    try:
        await eventually(closed)
        await eventually(told)
    finally:
        await admin.close()
    assert all(len(ids) == 1 for ids in steps_told(receiver).values())


def steps_told(receiver: Receiver) -> dict[tuple[str, str], set[str]]:
    """Ids of the messages about each status of each task."""
    steps: dict[tuple[str, str], set[str]] = {}
    for id, delivery in zip(receiver.ids, receiver.deliveries, strict=True):
        data = delivery["data"]
        steps.setdefault((data["task_id"], data["status"]), set()).add(id)
    return steps
