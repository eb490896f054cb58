"""One supervised child: started, watched until ready, started again when it dies, stopped with a limit."""

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from joust_embedded.errors import StackError
from joust_embedded.health import until
from joust_embedded.os_user import OsUser
from joust_embedded.spawn import kill_group, last_lines, spawn

FIRST_BACKOFF_SECONDS = 0.2
LAST_BACKOFF_SECONDS = 5.0
# Alive this long, a child has recovered and its next death starts the backoff afresh.
RECOVERED_AFTER_SECONDS = 30.0


@dataclass(frozen=True)
class ChildSpec:
    """What to run and how to tell that it is ready. ``env`` is the whole environment."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str]
    log: Path
    is_ready: Callable[[], Awaitable[bool]]
    user: OsUser | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    death_signal: signal.Signals = signal.SIGKILL
    start_seconds: float = 60.0
    stop_seconds: float = 15.0
    max_early_exits: int = 3


class Child:
    """Keeps one process of a spec alive from ``start()`` to ``stop()``."""

    def __init__(self, spec: ChildSpec, note: Callable[[str], None], changed: Callable[[], None]) -> None:
        self.spec = spec
        self.restarts = 0
        self._note = note
        self._changed = changed
        self._process: asyncio.subprocess.Process | None = None
        self._task: asyncio.Task[None] | None = None
        self._stopping = asyncio.Event()
        self._ready = asyncio.Event()
        self._ever_ready = False
        self._failure: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    @property
    def pid(self) -> int | None:
        """Pid of the process that runs now."""
        process = self._process
        return process.pid if process and process.returncode is None else None

    @property
    def is_ready(self) -> bool:
        """Whether the process that runs now has been ready."""
        return self._ready.is_set() and self.pid is not None

    async def answers(self) -> bool:
        """Whether it is ready now, asked anew."""
        return self.is_ready and await self.spec.is_ready()

    async def kill(self, number: signal.Signals) -> None:
        """Send a signal to the process and wait until it has ended; it is started again."""
        process = self._process
        if process is not None:
            self._signal(number)
            await process.wait()

    def start(self) -> None:
        """Begin to supervise; returns at once."""
        self._task = asyncio.get_running_loop().create_task(self._supervise(), name=self.spec.name)

    async def wait_ready(self) -> None:
        """Return once it is ready. Raises StackError when it never gets there."""
        waiting: asyncio.Future[Any] = asyncio.ensure_future(self._ready.wait())
        either: set[asyncio.Future[Any]] = {waiting, self._failure}
        limit = self.spec.start_seconds
        try:
            done, _ = await asyncio.wait(either, timeout=limit, return_when=asyncio.FIRST_COMPLETED)
        finally:
            waiting.cancel()
        if self._failure in done:
            self._failure.result()
        if not done:
            raise self._error(f"was not ready within {self.spec.start_seconds:g} seconds")

    async def stop(self) -> None:
        """Signal the process, wait up to the limit, then kill it and all of its group."""
        self._stopping.set()
        if self._task is None:
            return
        self._signal(self.spec.stop_signal)
        done, _ = await asyncio.wait({self._task}, timeout=self.spec.stop_seconds)
        if not done:
            self._note(f"{self.spec.name} did not stop within {self.spec.stop_seconds:g} s: killed")
            self._signal(signal.SIGKILL)
        await self._task

    async def _supervise(self) -> None:
        try:
            await self._keep_alive()
        except OSError as error:
            self._fail(f"can't be started ({error})")

    async def _keep_alive(self) -> None:
        backoff, early_exits = FIRST_BACKOFF_SECONDS, 0
        while not self._stopping.is_set():
            began = time.monotonic()
            code = await self._run_once()
            if self._stopping.is_set():
                return
            early_exits += not self._ever_ready
            if early_exits >= self.spec.max_early_exits:
                self._fail(f"ended with code {code}, {early_exits} times before it was ever ready")
                return
            if time.monotonic() - began > RECOVERED_AFTER_SECONDS:
                backoff = FIRST_BACKOFF_SECONDS
            self._note(f"{self.spec.name} ended with code {code}: starting it again in {backoff:g} s")
            self._ready.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(backoff):
                    await self._stopping.wait()
            backoff = min(backoff * 2, LAST_BACKOFF_SECONDS)
            self.restarts += 1

    async def _run_once(self) -> int:
        spec = self.spec
        with spec.log.open("ab") as output:
            process = await spawn(
                spec.argv, env=spec.env, output=output, user=spec.user, death_signal=spec.death_signal
            )
        self._process = process
        self._changed()
        if self._stopping.is_set():
            self._signal(spec.stop_signal)
        watch = asyncio.ensure_future(self._watch_ready())
        try:
            return await process.wait()
        finally:
            watch.cancel()
            # What it had started itself must not run beside its successor.
            kill_group(process.pid)

    async def _watch_ready(self) -> None:
        await until(self.spec.is_ready)
        self._ready.set()
        self._ever_ready = True

    def _signal(self, number: signal.Signals) -> None:
        if self.pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def _fail(self, why: str) -> None:
        if not self._failure.done():
            self._failure.set_exception(self._error(why))
            # Read once here, so that asyncio doesn't report it as forgotten when nobody waits.
            self._failure.exception()

    def _error(self, why: str) -> StackError:
        spec = self.spec
        return StackError(f"{spec.name} {why}. The end of its log, {spec.log}:\n{last_lines(spec.log)}")
