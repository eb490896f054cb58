"""The commands of the A2Gig document, as they stand there; placeholders are filled in, and nothing else."""

import asyncio
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

DOCUMENT = Path(__file__).parent / "a2gig-api-workflows.txt"
ORIGIN = "PLATFORM_API_ORIGIN"
_COMMAND = re.compile(r"^curl (?:.|\n)*?(?=\n\n)", re.MULTILINE)
_PLACEHOLDER = re.compile(r"\b(?:YOUR|ASSET)_[A-Z_]+\b")


class Answer(NamedTuple):
    """What curl printed."""

    status: int
    body: Any


def commands() -> list[str]:
    """All commands, in order."""
    return _COMMAND.findall(DOCUMENT.read_text())


def placeholders(command: str) -> set[str]:
    """What stands for something in a command."""
    return set(_PLACEHOLDER.findall(command))


def filled(command: str, values: Mapping[str, str]) -> str:
    """The command with its placeholders replaced. Raises ``KeyError`` for one that has no value."""
    return _PLACEHOLDER.sub(lambda found: values[found[0]], command)


async def run(command: str, origin: str) -> Answer:
    """Run a command by a shell, as who read the document would."""
    told = command.replace("curl ", "curl --silent --show-error --write-out '\\n%{http_code}' ", 1)
    process = await asyncio.create_subprocess_shell(
        told, stdout=asyncio.subprocess.PIPE, env={ORIGIN: origin, "PATH": "/usr/bin:/bin"}
    )
    try:
        async with asyncio.timeout(60):
            output, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    body, _, status = output.decode().rpartition("\n")
    return Answer(int(status), json.loads(body))
