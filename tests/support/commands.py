"""Commands of services, each run to its end in a fork of a process that has done the imports.

A fresh interpreter would spend seconds of processor time on imports alone.
"""

import asyncio
import multiprocessing
import os
import sys
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory

from joust_contracts.services import ServiceName
from joust_embedded.stack import Stack

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload([f"joust_{name}.app" for name in ServiceName])


def _run(service: str, arguments: list[str], environment: dict[str, str], output: Path | None) -> None:
    os.environ.update(environment)
    if output is not None:
        os.dup2(os.open(output, os.O_WRONLY | os.O_CREAT), sys.stdout.fileno())
    import_module(f"joust_{service}.app").cli(arguments)


async def run_command(stack: Stack, service: str, *arguments: str, output: Path | None = None) -> int:
    """Run a command of a service; its exit code, negative for the signal that killed it.

    What it prints goes to the file ``output`` if there is one.
    """
    environment = {**os.environ, **stack.env[service]}
    command = _FORKS.Process(target=_run, args=(service, list(arguments), environment, output))
    command.start()
    try:
        while command.exitcode is None:
            await asyncio.sleep(0.02)
        return command.exitcode
    finally:
        command.kill()


async def printed_by(stack: Stack, service: str, *arguments: str) -> str:
    """What a command of a service prints. Fails unless it ends well."""
    with TemporaryDirectory() as folder:
        output = Path(folder) / "output"
        assert await run_command(stack, service, *arguments, output=output) == 0
        return output.read_text()
