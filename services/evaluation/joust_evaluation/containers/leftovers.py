"""Removes what a run left behind whose worker died."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from joust_evaluation.containers.engine import Engine, EngineAway
from joust_evaluation.containers.errors import EngineError
from joust_evaluation.containers.rules import (
    LABEL,
    RUN_LABEL,
    SANDBOX_LABEL,
    SPARE_LABEL,
    SPARE_SECONDS,
    evaluation_of,
    keepers_of,
)
from joust_kit.observability.logging import get_logger

log = get_logger(__name__)

T = TypeVar("T")

_REMOVAL_SECONDS = 30.0
_BETWEEN_REMOVALS_SECONDS = 0.01


async def remove_labelled(engine: Engine, label: str, values: Collection[str] | None = None) -> int:
    """Remove containers and then volumes that bear a label, with one of ``values`` if those are given.

    Returns how many there were. What is in use still stays. Raises ``EngineAway``.
    """
    containers = await engine.containers_with(label)
    gone = [container for container, value in containers if values is None or value in values]
    await asyncio.gather(*(_quietly(engine.remove_container, container) for container in gone))
    volumes = await engine.volumes_with(label)
    needless = [volume for volume, value in volumes if values is None or value in values]
    await asyncio.gather(*(_quietly(engine.remove_volume, volume) for volume in needless))
    return len(gone) + len(needless)


@dataclass(frozen=True)
class LeftoverSweep:
    """Looks for leftovers of evaluations that are over, and for spares of dead workers: at the start, and at
    an interval.

    An evaluation that still runs may be in the hands of another worker, and one that is not known may be
    another deployment's, so both are left alone. So is a spare that may have a worker.
    """

    engine: Engine
    finished_among: Callable[[Collection[UUID]], Awaitable[set[UUID]]]
    """Which of the evaluations have ended."""
    interval_seconds: float
    labels: tuple[str, ...] = (LABEL, SANDBOX_LABEL)
    """Whose values are ids of evaluations."""
    spare_seconds: float = 2 * SPARE_SECONDS
    """A spare that is there for longer has no worker."""

    async def run(self) -> None:
        """Sweep now and at every interval. Run it as a background loop."""
        while True:
            try:
                await self.sweep()
            except EngineAway:
                log.warning("leftovers were not looked for: the engine does not answer")
            await asyncio.sleep(self.interval_seconds)

    async def sweep(self) -> int:
        """Remove what belongs to evaluations that are over, or to nobody; returns how many things that were.

        Raises ``EngineAway``.
        """
        return sum([await self._sweep(label) for label in self.labels]) + await self._sweep_spares()

    async def _sweep(self, label: str) -> int:
        labelled = [*await self.engine.containers_with(label), *await self.engine.volumes_with(label)]
        ids = {UUID(value) for _, value in labelled if _is_uuid(value)}
        finished = await self.finished_among(ids) if ids else set()
        return await remove_labelled(self.engine, label, {str(each) for each in finished})

    async def _sweep_spares(self) -> int:
        keepers = await self.engine.containers_found({"label": SPARE_LABEL})
        volumes = await self.engine.volumes_found(SPARE_LABEL)
        takers = {each.labels[SPARE_LABEL]: evaluation_of(each.name) for each in keepers}
        ids = set(filter(None, takers.values()))
        finished = await self.finished_among(ids) if ids else set()
        old = {
            each.labels[SPARE_LABEL] for each in (*keepers, *volumes) if each.age_seconds > self.spare_seconds
        }
        gone = {token for token, taker in takers.items() if taker in finished}
        gone |= {token for token in old if takers.get(token) is None}
        return await remove_labelled(self.engine, SPARE_LABEL, gone) if gone else 0


async def remove_attempts(engine: Engine, evaluation_id: UUID) -> None:
    """Remove what earlier attempts at an evaluation left, also the spares that they took.

    Raises ``EngineAway``, also if it takes too long.
    """
    label = f"{LABEL}={evaluation_id}"
    keepers, *_ = await asyncio.gather(
        engine.containers_found({"name": keepers_of(evaluation_id)}), remove_all(engine, label)
    )
    for token in {each.labels.get(RUN_LABEL) for each in keepers} - {None}:
        await remove_all(engine, f"{RUN_LABEL}={token}")


async def remove_all(engine: Engine, label: str) -> None:
    """Remove until nothing that bears the label is there: a volume is held for a moment after its container
    has gone.

    Raises ``EngineAway``, also if it takes too long.
    """
    try:
        async with asyncio.timeout(_REMOVAL_SECONDS):
            while await remove_labelled(engine, label):  # noqa: ASYNC110 - the engine tells nobody
                await asyncio.sleep(_BETWEEN_REMOVALS_SECONDS)
    except TimeoutError:
        raise EngineAway from None


async def seen_through(work: Awaitable[T]) -> T:
    """What ``work`` returns. Whoever is cancelled meanwhile stays until it is done, so that what the engine
    was asked for is there to be removed."""
    running = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait([running])
        raise


async def _quietly(remove: Callable[[str], Awaitable[None]], name: str) -> None:
    try:
        await remove(name)
    except EngineError as error:  # in use still, or somebody else is just removing it
        log.info("not removed yet", name=name, error=str(error))


def _is_uuid(value: str) -> bool:
    try:
        UUID(value)
    except ValueError:
        return False
    return True
