"""One supervised child, with small Python programs in the place of servers."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import psutil
import pytest

from joust_embedded.errors import StackError
from joust_embedded.process import Child, ChildSpec

SLEEP = "import time; time.sleep(600)"


class Watched:
    """A child with what it said, ready as soon as `flag` exists (or at once)."""

    def __init__(self, folder: Path, program: str, **changes: Any) -> None:
        self.notes: list[str] = []
        self.changes = 0
        self.flag = folder / "flag"
        fields: dict[str, Any] = {
            "name": "child",
            "argv": [sys.executable, "-c", program, str(self.flag)],
            "env": dict(os.environ),
            "log": folder / "log",
            "is_ready": self._is_ready,
            **changes,
        }
        self.child = Child(ChildSpec(**fields), self.notes.append, self._changed)

    async def _is_ready(self) -> bool:
        return self.flag.exists()

    def _changed(self) -> None:
        self.changes += 1


SAYS_READY = f"import sys, pathlib; pathlib.Path(sys.argv[1]).touch(); {SLEEP}"


def run(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    async def limited() -> None:
        async with asyncio.timeout(30):
            await work()

    asyncio.run(limited())


async def until(condition: Callable[[], bool]) -> None:
    while not condition():
        await asyncio.sleep(0.01)


def test_it_is_ready_when_it_says_so_and_gone_after_stop(tmp_path: Path) -> None:
    async def work() -> None:
        watched = Watched(tmp_path, SAYS_READY)
        watched.child.start()
        await watched.child.wait_ready()
        pid = watched.child.pid
        assert pid is not None
        await watched.child.stop()
        assert watched.child.pid is None
        assert not psutil.pid_exists(pid)
        assert watched.notes == []

    run(work)


def test_a_dead_child_is_started_again_later_each_time(tmp_path: Path) -> None:
    async def work() -> None:
        watched = Watched(tmp_path, SAYS_READY)
        watched.child.start()
        for _ in range(3):
            await watched.child.wait_ready()
            await watched.child.kill(signal.SIGKILL)
            await until(lambda: watched.child.pid is not None)
        assert watched.child.restarts == 3
        assert watched.changes == 4
        assert [note.rpartition(" in ")[2] for note in watched.notes] == ["0.2 s", "0.4 s", "0.8 s"]
        await watched.child.stop()

    run(work)


def test_the_backoff_starts_afresh_after_a_long_life(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("joust_embedded.process.RECOVERED_AFTER_SECONDS", 0.0)

    async def work() -> None:
        watched = Watched(tmp_path, SAYS_READY)
        watched.child.start()
        for _ in range(2):
            await watched.child.wait_ready()
            await watched.child.kill(signal.SIGKILL)
            await until(lambda: watched.child.pid is not None)
        assert all(note.endswith("in 0.2 s") for note in watched.notes)
        await watched.child.stop()

    run(work)


def test_three_ends_before_it_was_ever_ready_are_a_failure_with_the_log(tmp_path: Path) -> None:
    async def work() -> None:
        watched = Watched(tmp_path, "import sys; print('why', flush=True); sys.exit(7)")
        watched.child.start()
        with pytest.raises(StackError, match="ended with code 7, 3 times") as caught:
            await watched.child.wait_ready()
        assert str(caught.value).count("why") == 3
        await watched.child.stop()

    run(work)


def test_three_ends_after_it_was_ready_are_not(tmp_path: Path) -> None:
    async def work() -> None:
        watched = Watched(tmp_path, SAYS_READY)
        watched.child.start()
        await watched.child.wait_ready()
        watched.flag.unlink()
        for _ in range(3):
            await watched.child.kill(signal.SIGKILL)
            await until(lambda: watched.child.pid is not None)
        await watched.child.wait_ready()
        await watched.child.stop()

    run(work)


def test_one_that_is_never_ready_is_a_failure_after_the_limit(tmp_path: Path) -> None:
    async def work() -> None:
        watched = Watched(tmp_path, SLEEP, start_seconds=0.3)
        watched.child.start()
        with pytest.raises(StackError, match=r"not ready within 0\.3 seconds"):
            await watched.child.wait_ready()
        await watched.child.stop()

    run(work)


def test_one_that_ignores_the_signal_is_killed_after_the_limit(tmp_path: Path) -> None:
    async def work() -> None:
        program = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {SAYS_READY}"
        watched = Watched(tmp_path, program, stop_seconds=0.3)
        watched.child.start()
        await watched.child.wait_ready()
        pid = watched.child.pid
        await watched.child.stop()
        assert pid is not None
        assert not psutil.pid_exists(pid)
        assert watched.notes == ["child did not stop within 0.3 s: killed"]

    run(work)


def test_what_it_had_started_ends_with_it(tmp_path: Path) -> None:
    async def work() -> None:
        program = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {SLEEP!r}]); {SAYS_READY}"
        watched = Watched(tmp_path, program)
        watched.child.start()
        await watched.child.wait_ready()
        (grandchild,) = psutil.Process(watched.child.pid).children()
        await watched.child.stop()
        await until(lambda: not grandchild.is_running() or grandchild.status() == psutil.STATUS_ZOMBIE)

    run(work)


def test_stopping_while_it_waits_to_start_again_is_quick(tmp_path: Path) -> None:
    async def work() -> None:
        watched = Watched(tmp_path, "raise SystemExit(1)", max_early_exits=99)
        watched.child.start()
        await until(lambda: len(watched.notes) == 2)
        async with asyncio.timeout(1):
            await watched.child.stop()

    run(work)


def test_one_whose_log_cannot_be_written_is_a_failure(tmp_path: Path) -> None:
    async def work() -> None:
        watched = Watched(tmp_path, SLEEP, log=tmp_path / "missing" / "log")
        watched.child.start()
        with pytest.raises(StackError, match="can't be started"):
            await watched.child.wait_ready()
        await watched.child.stop()

    run(work)


def test_stop_without_start_does_nothing(tmp_path: Path) -> None:
    async def work() -> None:
        await Watched(tmp_path, SLEEP).child.stop()

    run(work)
