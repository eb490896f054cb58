"""More processes of the gateway beside that of a stack, as behind a load balancer."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import BinaryIO

from joust_embedded.health import http_status
from joust_embedded.ports import any_free
from joust_embedded.stack import Stack
from tests.support.arena import eventually

_HOST = "127.0.0.1"


class Gateway:
    """One process."""

    def __init__(self, process: "subprocess.Popen[bytes]", port: int) -> None:
        self.pid = process.pid
        self.port = port
        self.url = f"http://{_HOST}:{port}"


def _start(command: list[str], environment: dict[str, str], log: BinaryIO) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(command, env=environment, stdout=log, stderr=log)


@asynccontextmanager
async def more_gateways(
    stack: Stack, folder: Path, count: int, settings: Mapping[str, str]
) -> AsyncIterator[list[Gateway]]:
    """``count`` more gateways for the length of the block; ``settings`` without ``JOUST_GATEWAY_``."""
    own = {f"JOUST_GATEWAY_{name}": value for name, value in settings.items()}
    processes: list[subprocess.Popen[bytes]] = []
    gateways: list[Gateway] = []
    try:
        for port in any_free(_HOST, count):
            environment = {**os.environ, **stack.env["gateway"], **own, "JOUST_GATEWAY_PORT": str(port)}
            environment["JOUST_GATEWAY_CONSUMER_INSTANCE_ID"] = ""
            with (folder / f"gateway-{port}.log").open("wb") as log:
                command = [sys.executable, "-m", "joust_gateway", "serve"]
                processes.append(_start(command, environment, log))
            gateways.append(Gateway(processes[-1], port))

        async def all_ready() -> bool:
            return all([await http_status(_HOST, each.port, "/readyz") == 200 for each in gateways])

        await eventually(all_ready, seconds=60)
        yield gateways
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            await asyncio.to_thread(process.wait, 20)
