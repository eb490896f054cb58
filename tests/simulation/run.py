"""One seed, from an empty database to a world at rest."""

import asyncio
import gc
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass

from tests.simulation.checks import Checks, is_quiet
from tests.simulation.clients import Bounty
from tests.simulation.factory import Factory
from tests.simulation.judge import OwnJudge
from tests.simulation.stories import story_of
from tests.simulation.trace import Trace
from tests.simulation.world import World

_LONGEST_PLAY_SECONDS = 6 * 3600.0
"""Of virtual time; the most patient of clients are done in less than one hour."""
_LOOKS_FOR_REST = 400


@dataclass(frozen=True)
class Result:
    """What came of a seed."""

    seed: int
    problem: str
    digest: str
    steps: int
    crashes: int
    seconds: float
    """Of real time."""
    virtual_seconds: float
    bug: str = ""
    """That was planted."""


def run(
    seed: int,
    factory: Factory,
    *,
    told: bool = False,
    faultless: bool = False,
    faults: Mapping[str, float] | None = None,
) -> Result:
    """Play the seed, with some ``faults`` other than its own; a problem is in the result, not raised."""
    began = time.perf_counter()
    trace = Trace(told=told)
    gc.disable()
    factory.empty()
    world = World(seed, factory, trace)
    if faultless:
        world.scheduler.faults.calm()
    vars(world.scheduler.faults).update(faults or {})
    problem = ""
    with world.pinned():
        try:
            _complete(world)
        except Exception as error:  # noqa: BLE001 - whatever goes wrong is the seed's finding
            problem = "; ".join([f"{type(error).__name__}: {error}", *world.failures])
        finally:
            _abandon(world)
            factory.forget_run()
    trace.tell()
    scheduler = world.scheduler
    steps, crashes, now = scheduler.steps, scheduler.crashes, scheduler.loop.now
    del world, scheduler
    _collect()
    return Result(seed, problem, trace.digest(), steps, crashes, time.perf_counter() - began, now)


def _complete(world: World) -> None:
    asyncio.set_event_loop(world.scheduler.loop)
    world.scheduler.loop.run_until_complete(_play(world))


async def _play(world: World) -> None:
    world.boot_all()
    bounty = Bounty(world)
    try:
        async with asyncio.timeout(_LONGEST_PLAY_SECONDS):
            story = story_of(world, bounty.history)
            plays = [OwnJudge(bounty).beside(bounty.play()), *([story.play()] if story else [])]
            await asyncio.gather(*plays)
    except TimeoutError:
        raise AssertionError("some client waits in vain") from None
    world.scheduler.faults.calm()
    admin = world.scheduler.sessions.admin
    for _ in range(_LOOKS_FOR_REST):
        if is_quiet(world, admin):
            await Checks(bounty, admin).all()
            return
        await asyncio.sleep(30)
    raise AssertionError("the world does not come to rest")


def _abandon(world: World) -> None:
    """Nothing of the world ever runs again; its sessions go back."""
    world.end()
    asyncio.set_event_loop(None)
    world.scheduler.loop.forget()


def _collect() -> None:
    """Free the world's memory now, so that no coroutine of it is finalised in the middle of the next one."""
    hook, sys.unraisablehook = sys.unraisablehook, lambda _unraisable: None
    try:
        gc.collect()
    finally:
        sys.unraisablehook = hook
        gc.enable()
