"""Opens the engine that the settings name, and what runs images in it."""

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from uuid import UUID

from joust_evaluation.containers.confinement import Confinement
from joust_evaluation.containers.engine import Engine, open_engine
from joust_evaluation.containers.images import ImagePolicy
from joust_evaluation.containers.leftovers import LeftoverSweep
from joust_evaluation.containers.running import Containers
from joust_evaluation.containers.spares import Spares, open_spares
from joust_evaluation.evaluations import repository
from joust_evaluation.readiness.repository import ended_among
from joust_evaluation.settings import EvaluationSettings
from joust_kit.background import Background
from joust_kit.database.database import Database

_KEPT_OF_A_LOG = 4
"""Output lies in the engine as JSON, in which a character may take six bytes."""


@asynccontextmanager
async def open_swept_engine(settings: EvaluationSettings, database: Database) -> AsyncIterator[Engine | None]:
    """The engine, with the sweep of what dead workers left there, for the length of the block; ``None`` if
    none is configured.

    An engine that does not answer yet is no reason not to start.
    """
    if settings.docker_url is None:
        yield None
        return

    async def finished_among(ids: Collection[UUID]) -> set[UUID]:
        async with database.reading() as session:
            # A draft's judge is tried under the id of its task.
            return await repository.finished_among(session, ids) | await ended_among(session, ids)

    background = Background()
    async with open_engine(settings.docker_url) as engine:
        sweep = LeftoverSweep(engine, finished_among, settings.container_sweep_seconds)
        background.keep("container leftovers", sweep.run)
        try:
            yield engine
        finally:
            await background.stop()


def containers_of(settings: EvaluationSettings, engine: Engine, spares: Spares | None = None) -> Containers:
    """What runs posters' images in the engine."""
    return Containers(
        engine, policy_of(settings), confinement_of(settings), settings.container_output_bytes, spares
    )


@asynccontextmanager
async def open_containers(
    settings: EvaluationSettings, engine: Engine | None
) -> AsyncIterator[Containers | None]:
    """The same with spare keepers, as the settings have them, for the length of the block; ``None`` without
    an engine."""
    if engine is None:
        yield None
        return
    async with open_spares(engine, settings.container_spares) as spares:
        yield containers_of(settings, engine, spares)


def policy_of(settings: EvaluationSettings) -> ImagePolicy:
    """Which images may run, as the settings have it."""
    return ImagePolicy(
        registries=settings.container_registries,
        takes_local=settings.container_local_images,
        pull_seconds=settings.container_pull_seconds,
        max_bytes=settings.container_max_image_bytes,
    )


def confinement_of(settings: EvaluationSettings) -> Confinement:
    """Limits of every container, as the settings have them."""
    return Confinement(
        cpus=settings.container_cpus,
        pids=settings.container_pids,
        scratch_mb=settings.container_scratch_mb,
        log_bytes=_KEPT_OF_A_LOG * settings.container_output_bytes,
        runtime=settings.container_runtime,
        network=settings.container_network,
    )
