"""Spare keepers on a real engine: who takes them, who makes them anew, and that none is left over."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from joust_evaluation.containers.engine import Engine, Found
from joust_evaluation.containers.leftovers import LeftoverSweep
from joust_evaluation.containers.rules import RUN_LABEL, SPARE_SECONDS, keepers_of
from joust_evaluation.containers.running import Containers
from joust_evaluation.containers.spares import Spares, new_token, open_spares
from services.evaluation.tests.containers.test_mode import until

SLOW = "import time; time.sleep(3); exec(open('/judge/judge.py').read())"
GOOD = {"answer.txt": "42"}


class Scene:
    """A worker with one spare, beside whatever else the engine has."""

    def __init__(self, judged: Any, spares: Spares) -> None:
        self.judged = judged
        self.spares = spares
        self.engine: Engine = judged.engine
        self.containers: Containers = replace(judged.bench.resources.containers, spares=spares)
        self.now = 0.0

    async def judge(self, poster: str = "") -> Any:
        """Work that this worker judges; it must be scored as it deserves, and leave nothing."""
        evaluation = await self.judged.hand_in({**GOOD, **({"poster.py": poster} if poster else {})})
        done = await self.judged.run(evaluation, containers=self.containers)
        assert done.judgement["final_score"] == 100
        assert await self.judged.leftovers(evaluation.id) == []
        return done

    async def spare(self) -> str:
        """The token of the only spare that this worker has."""
        assert await self.spares.settled() == 1
        return self.spares._ready[0].name.token

    async def of(self, token: str) -> list[Found]:
        """What the engine has of a run."""
        label = f"{RUN_LABEL}={token}"
        return [
            *await self.engine.containers_found({"label": label}),
            *await self.engine.volumes_found(label),
        ]

    def forget(self) -> None:
        """What the worker knows of its spares is gone, as when it is killed."""
        self.spares._ready.clear()

    async def sweep(self, *finished: UUID, seconds: float = 2 * SPARE_SECONDS) -> None:
        """What another worker does now and then; with less than no seconds, what it does much later."""
        await self.judged.bench.resources.containers.spares.settled()

        async def finished_among(ids: Any) -> set[UUID]:
            return set(finished) & set(ids)

        await LeftoverSweep(self.engine, finished_among, 600, spare_seconds=seconds).sweep()


@pytest.fixture
async def scene(judged: Any) -> AsyncIterator[Scene]:
    async with open_spares(judged.engine, 1) as spares:
        scene = Scene(judged, spares)
        spares.clock = lambda: scene.now
        yield scene


async def test_a_worker_that_has_judged_has_a_spare_and_the_next_run_takes_it(scene: Scene) -> None:
    assert await scene.spares.settled() == 0
    await scene.judge()
    spare = await scene.spare()
    evaluation = await scene.judged.hand_in({**GOOD, "poster.py": SLOW})
    running = asyncio.create_task(scene.judged.run(evaluation, containers=scene.containers))
    keeper, judge = sorted(
        await until(lambda: _named(scene, evaluation.id), count=2),
        key=lambda each: each.name.startswith("joust-keeper-"),
        reverse=True,
    )
    assert keeper.name == f"{keepers_of(evaluation.id)}{spare}"
    assert judge.labels[RUN_LABEL] == spare
    assert (await running).judgement["final_score"] == 100
    assert await scene.of(spare) == []
    assert await scene.spare() != spare


async def _named(scene: Scene, evaluation_id: UUID) -> list[Found]:
    return await scene.judged._containers_of(evaluation_id)


async def test_of_two_runs_at_once_one_takes_the_spare_and_both_score(scene: Scene) -> None:
    await scene.judge()
    spare = await scene.spare()
    await asyncio.gather(scene.judge(), scene.judge())
    assert await scene.of(spare) == []
    assert len(await scene.of(await scene.spare())) == 3


@pytest.mark.parametrize("how", ["removed", "ended"])
async def test_a_spare_that_is_gone_or_does_not_run_any_more_costs_nothing_but_a_start(
    scene: Scene, how: str
) -> None:
    await scene.judge()
    spare = await scene.spare()
    keeper, *_ = await scene.of(spare)
    await (scene.engine.remove_container if how == "removed" else scene.engine.kill)(keeper.id)
    await scene.judge()
    assert await scene.spare() != spare
    assert await scene.of(spare) == []


async def test_a_run_that_is_cancelled_takes_the_spare_with_it(scene: Scene) -> None:
    await scene.judge()
    spare = await scene.spare()
    evaluation = await scene.judged.hand_in({**GOOD, "poster.py": "import time; time.sleep(600)"})
    running = asyncio.create_task(scene.judged.run(evaluation, containers=scene.containers))
    await until(lambda: scene.judged.that_run(evaluation.id), count=2)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert await scene.of(spare) == []


async def test_what_a_worker_was_killed_with_in_hand_goes_with_the_next_attempt(scene: Scene) -> None:
    await scene.judge()
    spare = await scene.spare()
    evaluation = await scene.judged.hand_in(GOOD)
    assert await scene.spares.take(evaluation.id) is not None
    await scene.sweep(seconds=-1)
    assert len(await scene.of(spare)) == 3
    done = await scene.judged.run(evaluation, containers=scene.containers)
    assert done.judgement["final_score"] == 100
    assert await scene.of(spare) == []


async def test_what_a_dead_worker_took_for_an_evaluation_that_is_over_is_swept(scene: Scene) -> None:
    await scene.judge()
    spare = await scene.spare()
    evaluation = await scene.judged.hand_in(GOOD)
    assert await scene.spares.take(evaluation.id) is not None
    await scene.sweep()
    assert len(await scene.of(spare)) == 3
    await scene.sweep(evaluation.id)
    assert await scene.of(spare) == []


async def test_the_spare_of_a_dead_worker_is_swept_once_no_living_one_could_have_it(scene: Scene) -> None:
    await scene.judge()
    spare = await scene.spare()
    scene.forget()
    await scene.sweep()
    assert len(await scene.of(spare)) == 3
    await scene.sweep(seconds=-1)
    assert await scene.of(spare) == []


async def test_volumes_whose_keeper_is_gone_are_swept(scene: Scene) -> None:
    await scene.judge()
    spare = await scene.spare()
    scene.forget()
    keeper, *_ = await scene.of(spare)
    await scene.engine.remove_container(keeper.id)
    await scene.sweep()
    assert len(await scene.of(spare)) == 2
    await scene.sweep(seconds=-1)
    assert await scene.of(spare) == []


async def test_a_spare_that_waited_for_long_is_renewed_and_not_once_there_are_no_runs(scene: Scene) -> None:
    await scene.judge()
    first = await scene.spare()
    scene.now += SPARE_SECONDS - 1
    scene.spares.renew()
    assert await scene.spare() == first
    scene.now += 1
    scene.spares.renew()
    second = await scene.spare()
    assert second != first
    assert await scene.of(first) == []
    scene.now += 3600
    scene.spares.renew()
    assert await scene.spares.settled() == 0
    assert await scene.of(second) == []


async def test_a_worker_that_slept_takes_nothing_that_others_may_have_swept(scene: Scene) -> None:
    await scene.judge()
    spare = await scene.spare()
    scene.now += SPARE_SECONDS
    await scene.judge()
    assert await scene.spare() != spare
    assert await scene.of(spare) == []


async def test_a_worker_that_stops_takes_its_spare_with_it_also_the_one_that_is_being_made(
    judged: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []

    def noted() -> str:
        made.append(new_token())
        return made[-1]

    async def tokens() -> list[str]:
        return made

    monkeypatch.setattr("joust_evaluation.containers.spares.new_token", noted)
    async with open_spares(judged.engine, 2) as spares:
        scene = Scene(judged, spares)
        spares.replenish()
        await spares.settled()
        assert (taken := await spares.take(UUID(int=1))) is not None
        spares.replenish()
        await until(tokens, count=3)
    # Other processes have spares in this engine, too.
    assert [await scene.of(token) for token in made if token != taken.token] == [[], []]
    await scene.sweep(UUID(int=1))
    assert await scene.of(taken.token) == []
