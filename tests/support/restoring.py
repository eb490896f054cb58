"""Takes PostgreSQL back to an earlier moment, while everything else is where it is."""

import asyncio
import subprocess
from pathlib import Path

from joust_embedded.stack import Stack
from tests.support.freezing import frozen


class Backups:
    """Copies of the folder of a stack's PostgreSQL, each as a loss of power at that moment would leave it."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._data = stack.settings.data_dir / "postgres"

    async def take(self) -> Path:
        """A copy of what is committed now."""
        backup = self._data.with_name("postgres.backup")

        def copy() -> None:
            with frozen(self._stack.pid("postgres")):
                # -a: PostgreSQL starts only if its files are its own.
                subprocess.run(["cp", "-a", str(self._data), str(backup)], check=True)

        await asyncio.to_thread(copy)
        return backup

    async def restore(self, backup: Path) -> None:
        """What was committed since the copy never was; returns when all are ready again."""

        def swap() -> None:
            # Who runs goes on in the folder that it has open, until it is killed.
            self._data.rename(self._data.with_name("postgres.lost"))
            backup.rename(self._data)
            self._stack.kill("postgres")
            self._stack.wait_ready(120)

        await asyncio.to_thread(swap)
