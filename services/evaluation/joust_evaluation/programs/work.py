"""A submission that lies unpacked in a room of the sandbox."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from joust_evaluation.evaluations.fetching import in_thread
from joust_evaluation.judges.artifact import ArchiveLimits
from joust_evaluation.programs.errors import NoProgram
from joust_evaluation.programs.rules import MANIFEST, MAX_MANIFEST_BYTES, declared_run, found_run
from joust_evaluation.sandbox.base import Sandbox
from joust_evaluation.sandbox.unpacking import unpack


@dataclass(frozen=True)
class UnpackedWork:
    """Files of a submission, ready to be executed in the sandbox."""

    root: Path
    names: tuple[str, ...]
    """Of all files, relative to ``root``, in order."""
    run: tuple[str, ...]
    """What is to be executed; empty if that is not known."""
    why_not: str
    """Why it is not known, for the agent."""


@asynccontextmanager
async def unpacked_work(
    artifact: BinaryIO, limits: ArchiveLimits, sandbox: Sandbox, evaluation_id: UUID
) -> AsyncIterator[UnpackedWork]:
    """The work for the length of the block.

    Raises ``BadArchive``, ``SandboxFailed`` or ``SandboxMissing``.
    """
    async with sandbox.room(evaluation_id) as room:
        yield await in_thread(partial(_unpacked, artifact, limits, room))


def _unpacked(artifact: BinaryIO, limits: ArchiveLimits, room: Path) -> UnpackedWork:
    root = unpack(artifact, limits, room)
    names = tuple(sorted(_names_in(root)))
    try:
        run = _run_of(root, names)
    except NoProgram as error:
        return UnpackedWork(root, names, (), str(error))
    return UnpackedWork(root, names, run, "")


def _run_of(root: Path, names: tuple[str, ...]) -> tuple[str, ...]:
    """Raises ``NoProgram``."""
    if MANIFEST in names:
        with (root / MANIFEST).open("rb") as file:
            declared = declared_run(file.read(MAX_MANIFEST_BYTES + 1))
        if declared is not None:
            return declared
    found = found_run([name for name in names if "/" not in name])
    if found is None:
        raise NoProgram(
            f"Nothing to run was found. Put a file {MANIFEST} with a line like "
            "'run = \"python3 main.py\"' beside your SUBMISSION.md."
        )
    return found


def _names_in(root: Path) -> list[str]:
    found: list[str] = []
    for folder, _, files in os.walk(root):
        found += [os.path.relpath(Path(folder, file), root) for file in files]
    return found
