"""kill -9 of the task service and the wallet at each step that the money of posted work takes.

Nothing but drops, budgets and prizes is played, so the n-th hit of a failpoint is the n-th step: asked for, held or
rejected, opened, decided, paid or given back, and noted, of each of them.
"""

import asyncio
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack
from unittest import mock

import pytest

from joust_contracts.services import ServiceName
from joust_embedded.stack import Stack
from joust_kit.failpoints import VARIABLE
from tests.conftest import FOR_TESTS
from tests.support import checkers, reborn
from tests.support.arena import Arena
from tests.support.failpoints import Plan, collect
from tests.support.parts import of_tests
from tests.support.paying import STEP_SECONDS, Payer
from tests.support.soundness import everything_told
from tests.support.sweep import Sweep

pytestmark = pytest.mark.faults

OWNERS = (ServiceName.TASK, ServiceName.WALLET)
POINTS = (
    "after_mark_before_effect",
    "after_flush_before_commit",
    "after_commit_before_relay_wakes",
    "after_send_before_delete",
    "after_handling_before_offsets",
)
"""Before an event's effect, before and after its commit, after it was told, and before it counts as heard."""
EARLY = [tuple(range(1, 6))]
AT_LENGTH = [tuple(range(1, 31))]
CENTS = 1_000_000
SECONDS = 400


@pytest.fixture
def sweep(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, leases: dict[str, str]
) -> Iterator[Sweep]:
    """A stack of its own, in which nobody dies yet."""
    folder = tmp_path_factory.mktemp("plan")
    plan = Plan(folder, request.param)
    with ExitStack() as context:
        context.enter_context(mock.patch.dict(os.environ, {**FOR_TESTS, **leases, VARIABLE: str(folder)}))
        settings = of_tests(tmp_path_factory.mktemp("paid"))
        stack = context.enter_context(Stack.running(settings, run_by=["-P", reborn.__file__]))
        yield Sweep(stack, plan, [point for point in collect() if point.name in POINTS])


@pytest.mark.parametrize("sweep", EARLY, indirect=True)
async def test_money_goes_where_it_was_decided_wherever_its_keepers_die(sweep: Sweep) -> None:
    await die_at_each_step(sweep, SECONDS)


@pytest.mark.campaign
@pytest.mark.parametrize("sweep", AT_LENGTH, indirect=True)
async def test_money_goes_where_it_was_decided_however_often_its_keepers_die(sweep: Sweep) -> None:
    await die_at_each_step(sweep, 6 * SECONDS)
    sweep.publish("saga-kills")


async def die_at_each_step(sweep: Sweep, seconds: float) -> None:
    """All ways are played at once, again and again, until each kill has been."""
    arena = Arena(sweep.stack, patience_seconds=seconds)
    try:
        # Of thirty kills at each point one step may meet a hundred, one after the other.
        payer = await Payer.of(arena, CENTS, step_seconds=max(STEP_SECONDS, seconds / 4))
        await asyncio.gather(*(way() for way in payer.ways))
        for name in POINTS:
            for owner in OWNERS:
                sweep.plan.arm(name, [owner])
        ends_at = time.monotonic() + seconds
        while sweep.plan.missing():
            assert time.monotonic() < ends_at, f"these never had all their kills: {sweep.plan.missing()}"
            await asyncio.gather(*(way() for way in payer.ways))
        await payer.adds_up(CENTS)
        checkers.versions_rise(await everything_told(sweep.stack))
        await checkers.ledger_adds_up(sweep.stack)
        await checkers.wishes_are_followed(sweep.stack)
        assert len(sweep.plan.kills()) == sweep.plan.kills_planned
        print(sweep.report())
    finally:
        await arena.close()
