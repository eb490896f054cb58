"""The folder of this process in which sandboxes have their files; those of dead processes are removed."""

import asyncio
import fcntl
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path

_PREFIX = "joust-sandbox-"
_LOCK = "lock"


class House:
    """A folder that goes with its process. Its parts can be passed through, so that a sandbox that runs as
    somebody else finds its files, and listed by nobody but the worker."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.rooms = folder / "rooms"
        self.empty = folder / "empty"
        """Hides what a program has no business with."""
        self.rooms.mkdir(mode=0o711)
        self.empty.mkdir(mode=0o755)

    @asynccontextmanager
    async def room(self) -> AsyncIterator[Path]:
        """A new folder for the length of the block."""
        path = await asyncio.to_thread(self._make_room)
        try:
            yield path
        finally:
            # Even who is cancelled leaves nothing behind.
            await asyncio.shield(asyncio.to_thread(shutil.rmtree, path, ignore_errors=True))

    def _make_room(self) -> Path:
        path = Path(tempfile.mkdtemp(dir=self.rooms))
        path.chmod(0o755)
        return path


@contextmanager
def opened_house(parent: Path | None = None) -> Iterator[House]:
    """A house in ``parent``, by default the machine's folder for temporary files. Removes dead ones first."""
    place = parent or Path(tempfile.gettempdir())
    place.mkdir(parents=True, exist_ok=True)
    remove_dead_houses(place)
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=place))
    lock = os.open(folder / _LOCK, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        # Held as long as the process lives, however it ends.
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        folder.chmod(0o711)
        yield House(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def remove_dead_houses(place: Path) -> int:
    """Remove the houses whose processes are gone; returns how many. One of somebody else is left alone."""
    removed = 0
    for folder in place.glob(f"{_PREFIX}*"):
        with suppress(OSError):
            lock = os.open(folder / _LOCK, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
                removed += 1
            finally:
                os.close(lock)
    return removed
