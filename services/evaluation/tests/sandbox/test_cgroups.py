"""Cgroups around a program: found where they can be made, holding what processes use together, gone at the end."""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from joust_evaluation.sandbox import watching
from joust_evaluation.sandbox.base import Ending, Limits, Program, Run, Sandbox
from joust_evaluation.sandbox.cgroups import Cgroups, RunGroup, found_cgroups, own_places
from services.evaluation.tests.sandbox.back_ends import open_bubblewrap
from services.evaluation.tests.sandbox.conftest import QUICK
from services.evaluation.tests.sandbox.processes import until

MOUNTS_V1 = """\
30 24 0:26 / /sys/fs/cgroup ro,nosuid - tmpfs tmpfs ro,mode=755
31 30 0:27 /docker/12 /sys/fs/cgroup/memory rw,nosuid shared:9 - cgroup cgroup rw,memory
32 30 0:28 / /sys/fs/cgroup/cpu,cpuacct rw,nosuid - cgroup cgroup rw,cpu,cpuacct
33 30 0:29 / /sys/fs/cgroup/pids rw,nosuid - cgroup cgroup rw,pids
34 30 0:30 / /sys/fs/cgroup/systemd rw,nosuid - cgroup cgroup rw,name=systemd
"""
OWN_V1 = "4:memory:/docker/12/worker\n3:cpu,cpuacct:/jobs\n2:pids:/\n1:name=systemd:/jobs\n0::/\n"


@pytest.fixture(scope="session")
async def sandbox() -> AsyncIterator[Sandbox]:
    """Cgroups are for bubblewrap; engines make their own. None waits for a run that a test does not know."""
    async with open_bubblewrap(spares=0) as opened:
        yield opened


@pytest.fixture(scope="session")
def cgroups() -> Cgroups:
    """Where this machine lets tests make cgroups."""
    found = found_cgroups()
    if found is None:
        pytest.skip("no cgroup can be made here")
    return found


@pytest.fixture
def groups(cgroups: Cgroups, monkeypatch: pytest.MonkeyPatch) -> list[RunGroup]:
    """The cgroups of the runs of a test."""
    made: list[RunGroup] = []
    make: Callable[..., RunGroup] = Cgroups.made

    def remembering(self: Cgroups) -> RunGroup:
        made.append(make(self))
        return made[-1]

    monkeypatch.setattr(Cgroups, "made", remembering)
    return made


async def run_of(sandbox: Sandbox, code: str, limits: Limits) -> Run:
    async with sandbox.room(uuid4()) as room:
        (room / "main.py").write_text(code)
        return await sandbox.run(Program(("python3", "main.py"), room, limits=limits))


async def test_memory_of_many_processes_is_held_by_the_kernel_where_nobody_watches(
    sandbox: Sandbox, groups: list[RunGroup], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "exceeded", lambda _usage, _limits: None)
    hog = (
        "import os, time\nfor _ in range(6):\n    if os.fork() == 0:\n"
        "        kept = bytearray(b'x') * (30 * 10**6)\n        time.sleep(9)\ntime.sleep(9)"
    )
    run = await run_of(sandbox, hog, replace(QUICK, seconds=3))
    assert run.ending is Ending.MEMORY, run
    assert not any(folder.exists() for group in groups for folder in group.folders)


async def test_processor_time_of_many_processes_is_that_of_one_core(
    sandbox: Sandbox, groups: list[RunGroup]
) -> None:
    spins = (
        "import os, time\nends = time.monotonic() + 1.5\nfor _ in range(4):\n    if os.fork() == 0:\n"
        "        while time.monotonic() < ends: pass\n        os._exit(0)\n"
        "for _ in range(4): os.wait()\ntimes = os.times()\nprint(times.children_user + times.children_system)"
    )
    run = await run_of(sandbox, spins, QUICK)
    assert groups
    assert float(run.stdout) < 1.5 * 1.25, run


async def test_each_run_is_in_a_cgroup_of_its_own_and_says_so(
    sandbox: Sandbox, cgroups: Cgroups, groups: list[RunGroup]
) -> None:
    running = asyncio.create_task(run_of(sandbox, "import time\ntime.sleep(9)", replace(QUICK, seconds=1.5)))
    await until(lambda: groups and all((each / "cgroup.procs").read_text() for each in groups[0].folders))
    await until(lambda: (groups[0].by_controller["pids"] / "pids.max").read_text().strip() == "18")
    assert cgroups.name in (await running).enforced_by
    assert not any(folder.exists() for folder in groups[0].folders)


def test_what_dead_workers_left_is_removed_and_what_is_new_stays(cgroups: Cgroups) -> None:
    left, new = cgroups.made(), cgroups.made()
    try:
        for folder in left.folders:
            os.utime(folder, (time.time() - 3600,) * 2)
        cgroups.remove_unused()
        assert not any(folder.exists() for folder in left.folders)
        assert all(folder.exists() for folder in new.folders)
    finally:
        assert new.discard()
        left.discard()


def test_own_cgroups_of_version_1_are_found_below_their_mounts() -> None:
    assert own_places(MOUNTS_V1, OWN_V1)[1] == {
        "memory": Path("/sys/fs/cgroup/memory/worker"),
        "cpu": Path("/sys/fs/cgroup/cpu,cpuacct/jobs"),
        "pids": Path("/sys/fs/cgroup/pids"),
    }


@pytest.mark.parametrize("is_delegated", [True, False])
def test_of_version_2_the_cgroup_above_is_taken_if_it_was_delegated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_delegated: bool
) -> None:
    service = tmp_path / "system.slice" / "joust.service"
    (service / "worker").mkdir(parents=True)
    (service / "cgroup.controllers").write_text("cpu io memory pids\n")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(os, "getxattr", lambda _path, _name: b"1" if is_delegated else b"0")
    mounts = f"25 24 0:25 / {tmp_path} rw - cgroup2 cgroup2 rw,nsdelegate\n"
    found = own_places(mounts, "0::/system.slice/joust.service/worker\n")[2]
    assert found == (dict.fromkeys(("cpu", "io", "memory", "pids"), service) if is_delegated else {})


def test_without_cgroups_there_is_none(tmp_path: Path) -> None:
    assert found_cgroups(tmp_path / "mountinfo", tmp_path / "cgroup") is None
