"""Tries to build a submission in the sandbox, for the judge to know and for the tests to run."""

import os
from functools import partial
from math import ceil
from pathlib import Path

from joust_contracts.events.evaluations import BuildCheck, BuildStatus
from joust_evaluation.evaluations.fetching import in_thread
from joust_evaluation.programs.errors import NoProgram, ToolMissing
from joust_evaluation.programs.rules import (
    BINARY,
    GO_ENVIRONMENT,
    TOOL_MISSING,
    Language,
    build_command,
    check_command,
    language_of,
    sources_of,
)
from joust_evaluation.programs.work import UnpackedWork
from joust_evaluation.sandbox.base import Ending, Limits, Program, Run, Sandbox, SandboxFailed

_MAX_DETAIL_LENGTH = 2000
_MAX_BINARY_BYTES = 32 * 1024 * 1024
_BUILD_MEMORY_BYTES = 1024 * 1024 * 1024


async def check_build(work: UnpackedWork, sandbox: Sandbox, limits: Limits) -> BuildCheck:
    """Whether the sources can be read by their language. Never fails: what could not be tried is said."""
    language = language_of(work.run, work.names)
    sources = [] if language is None else sources_of(language, work.names)
    if language is None or not sources:
        return BuildCheck(
            status=BuildStatus.NOT_TRIED, detail="No Python, Node, Go or shell program was recognised."
        )
    try:
        run = await sandbox.run(Program(check_command(language, sources), work.root, limits=limits))
    except SandboxFailed as error:
        return BuildCheck(status=BuildStatus.NOT_TRIED, language=language, detail=str(error))
    if (problem := _problem_of_ours(run, language, limits)) is not None:
        return BuildCheck(status=BuildStatus.NOT_TRIED, language=language, detail=problem)
    if run.succeeded:
        count = f"{len(sources)} file{'' if len(sources) == 1 else 's'}"
        return BuildCheck(status=BuildStatus.BUILT, language=language, detail=f"Syntax checked: {count}.")
    return BuildCheck(status=BuildStatus.FAILED, language=language, detail=said_by(run))


async def make_runnable(work: UnpackedWork, sandbox: Sandbox, seconds: float) -> None:
    """Compile what has to be compiled before it is run, within ``seconds``.

    Raises ``NoProgram`` if that fails or there is nothing to run, ``ToolMissing`` or ``SandboxFailed``.
    """
    if not work.run:
        raise NoProgram(work.why_not)
    if work.run[0] != f"./{BINARY}":
        return
    limits = Limits(
        seconds=seconds,
        cpu_seconds=ceil(seconds),
        memory_bytes=_BUILD_MEMORY_BYTES,
        processes=256,
        file_bytes=256 * 1024 * 1024,
        disk_bytes=1024 * 1024 * 1024,
        output_bytes=_MAX_BINARY_BYTES,
        open_files=1024,
    )
    run = await sandbox.run(Program(build_command(), work.root, environment=GO_ENVIRONMENT, limits=limits))
    if run.exit_code == TOOL_MISSING:
        raise ToolMissing("This deployment has no Go toolchain.")
    if not run.succeeded:
        raise NoProgram(f"The Go program could not be built: {said_by(run)}")
    await in_thread(partial(_write_program, work.root / BINARY, run.stdout))


def said_by(run: Run) -> str:
    """What a run that did not succeed said, as it may stand in a result."""
    words = (run.stderr or run.stdout).decode(errors="replace").replace("\0", "�").strip()
    by = "" if run.ending is Ending.EXITED else f"ended by its limit of {run.ending.value}. "
    return f"{by}{words or f'exit code {run.exit_code}'}"[:_MAX_DETAIL_LENGTH]


def _problem_of_ours(run: Run, language: Language, limits: Limits) -> str | None:
    if run.exit_code == TOOL_MISSING:
        return f"This deployment has no tools for {language.value}."
    if run.ending is Ending.TIME:
        return f"The check was not through after {limits.seconds:g} seconds."
    return None


def _write_program(path: Path, content: bytes) -> None:
    path.unlink(missing_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o755), "wb") as file:
        file.write(content)
        os.fchmod(file.fileno(), 0o755)
