"""The supervisor's side of the migrating process."""

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import Sequence

from joust_embedded.context import StackContext
from joust_embedded.errors import StackError
from joust_embedded.spawn import end, spawn


class Migrator:
    """Starts the process early, gives it its work once the database is there, ends it in any case."""

    def __init__(self, context: StackContext, services: Sequence[str]) -> None:
        self._context = context
        self._services = services
        self._log = context.layout.log("migrate")
        self._process: asyncio.subprocess.Process | None = None

    async def warm_up(self) -> None:
        """Start the process; it imports while the parts start."""
        if not self._services:
            return
        argv = [sys.executable, "-m", "joust_embedded.migrate", *self._services]
        pipe = asyncio.subprocess.PIPE
        with self._log.open("ab") as log:
            self._process = await spawn(argv, env=os.environ, output=log, stdin=pipe, stdout=pipe)

    async def run(self) -> None:
        """Bring every service's schema to its newest revision. Raises StackError when one fails."""
        if self._process is None:
            return
        work = [[service, self._context.owner_database_url(service)] for service in self._services]
        # A process that has already failed has closed its input; its output says why.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            output, _ = await self._process.communicate(json.dumps(work).encode() + b"\n")
        if self._process.returncode:
            lines = output.decode(errors="replace").splitlines() or ["it ended without a word"]
            raise StackError(f"The database could not be migrated: {lines[-1]}. More is in {self._log}.")

    async def close(self) -> None:
        """End the process if it is still there."""
        if self._process is not None:
            await end(self._process)
