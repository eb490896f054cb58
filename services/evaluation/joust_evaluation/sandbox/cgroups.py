"""A cgroup for each run of a sandbox, where this process may make one: memory, processes and processor time
of all its processes together, held by the kernel.

In version 2 a cgroup with processes can have no children with limits, so runs get theirs beside that of this
process, if what is above both was delegated (systemd: ``Delegate=yes`` and ``DelegateSubgroup=worker``). In
version 1 they get theirs below it, where the hierarchies of memory, pids and cpu can be written.
"""

import asyncio
import os
import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from joust_evaluation.sandbox.base import Ending, Limits
from joust_evaluation.sandbox.limits import memory_of_all
from joust_kit.observability.logging import get_logger

log = get_logger(__name__)

_PREFIX = "joust-sandbox-"
_CONTROLLERS = ("memory", "pids", "cpu")
_ONE, _TWO = 1, 2
_DELEGATED = "user.delegate"
"""An attribute of cgroups that systemd has given away."""
_SWAP = {_ONE: "memory.memsw.limit_in_bytes", _TWO: "memory.swap.max"}
_KILLS = {_ONE: "memory.oom_control", _TWO: "memory.events"}
_PERIOD_MICROSECONDS = 100_000
_UNUSED_SECONDS = 60.0
"""A run enters its cgroup within milliseconds; one that is empty for this long belongs to nobody."""
_REMOVAL_SECONDS = 10.0
_BETWEEN_REMOVALS_SECONDS = 0.01


@dataclass(frozen=True)
class Cgroups:
    """The cgroups under which runs get theirs."""

    version: int
    parents: Mapping[str, Path]
    """By controller; the same for all in version 2."""

    @property
    def name(self) -> str:
        """For records and logs."""
        return f"cgroup v{self.version}"

    def made(self) -> "RunGroup":
        """A new cgroup, without limits. Raises ``OSError``."""
        name = f"{_PREFIX}{secrets.token_hex(8)}"
        folders = {controller: parent / name for controller, parent in self.parents.items()}
        group = RunGroup(self.version, folders)
        try:
            for folder in group.folders:
                folder.mkdir()
        except OSError:
            group.discard()
            raise
        return group

    def made_for(self, pid: int) -> "RunGroup":
        """A new cgroup that has a process, which has no children yet. Raises ``OSError``."""
        group = self.made()
        try:
            group.take_in(pid)
        except OSError:
            group.discard()
            raise
        return group

    def remove_unused(self) -> None:
        """Remove what dead workers left."""
        oldest = time.time() - _UNUSED_SECONDS
        for parent in set(self.parents.values()):
            for folder in parent.glob(f"{_PREFIX}*"):
                with suppress(OSError):  # it has processes, or somebody else was faster
                    if folder.stat().st_mtime < oldest:
                        folder.rmdir()


@dataclass(frozen=True)
class RunGroup:
    """The cgroup of one run."""

    version: int
    by_controller: Mapping[str, Path]

    @property
    def folders(self) -> Sequence[Path]:
        """One in version 2, one for each controller in version 1."""
        return tuple(dict.fromkeys(self.by_controller.values()))

    def limit(self, limits: Limits, own_processes: int) -> None:
        """Hold all that is in it, and will be, by the limits. Raises ``OSError``."""
        for controller, file, value in _settings(self.version, limits, own_processes):
            (self.by_controller[controller] / file).write_text(value)
        if (swap := self.by_controller["memory"] / _SWAP[self.version]).exists():
            swap.write_text(_no_swap(self.version, limits))

    def take_in(self, pid: int) -> None:
        """Move a process here, which has no children yet; those that it will have are in it, too. For this a
        kernel may wait for every processor. Raises ``OSError``."""
        for folder in self.folders:
            (folder / "cgroup.procs").write_text(str(pid))

    def exceeded(self) -> Ending | None:
        """The limit at which the kernel refused or killed something, if it did."""
        if _counted(self.by_controller["memory"] / _KILLS[self.version], "oom_kill"):
            return Ending.MEMORY
        if _counted(self.by_controller["pids"] / "pids.events", "max"):
            return Ending.PROCESSES
        return None

    async def remove(self) -> None:
        """Remove it once its last process is gone."""
        try:
            async with asyncio.timeout(_REMOVAL_SECONDS):
                while not self.discard():  # noqa: ASYNC110 - the kernel tells nobody
                    await asyncio.sleep(_BETWEEN_REMOVALS_SECONDS)
        except TimeoutError:
            log.error("a sandbox's cgroup was left behind", folders=[str(each) for each in self.folders])

    def discard(self) -> bool:
        """Try to remove it; true if nothing of it is left."""
        for folder in self.folders:
            with suppress(OSError):
                folder.rmdir()
        return not any(folder.exists() for folder in self.folders)


def found_cgroups(
    mounts: Path = Path("/proc/self/mountinfo"), own: Path = Path("/proc/self/cgroup")
) -> Cgroups | None:
    """Where this process may make cgroups; ``None`` if nowhere."""
    try:
        places = own_places(mounts.read_text(), own.read_text())
    except OSError:
        return None
    for version in (_TWO, _ONE):
        found = places.get(version, {})
        if all(controller in found and _can_make(found[controller]) for controller in _CONTROLLERS):
            cgroups = Cgroups(version, {controller: found[controller] for controller in _CONTROLLERS})
            if _works(cgroups):
                return cgroups
    return None


def own_places(mountinfo: str, own: str) -> dict[int, dict[str, Path]]:
    """This process's own cgroups by version and controller (proc_pid_mountinfo(5), cgroups(7))."""
    paths: dict[str, str] = {}
    for line in own.splitlines():
        _, controllers, path = line.split(":", 2)
        for controller in controllers.split(","):
            paths[controller] = path
    found: dict[int, dict[str, Path]] = {_ONE: {}, _TWO: {}}
    for line in mountinfo.splitlines():
        before, _, after = line.partition(" - ")
        root, mounted_at = before.split()[3:5]
        kind, _, options = after.split()[:3]
        if kind == "cgroup2" and "" in paths:
            found[_TWO] = _delegated_to(_below(mounted_at, root, paths[""]))
        elif kind == "cgroup":
            for controller in set(options.split(",")) & set(_CONTROLLERS) & set(paths):
                found[_ONE][controller] = _below(mounted_at, root, paths[controller])
    return found


def _below(mounted_at: str, root: str, path: str) -> Path:
    """Where a cgroup lies, whose hierarchy is mounted from ``root`` on."""
    inside = os.path.relpath(path, root)
    return (
        Path(os.path.normpath(f"{mounted_at}/{inside}")) if not inside.startswith("..") else Path(mounted_at)
    )


def _delegated_to(place: Path) -> dict[str, Path]:
    """The cgroup above ``place`` for each controller that it may hand on, if it is ours."""
    above = place.parent
    with suppress(OSError):
        # Root may write everywhere, so what is not its to use has to be told by who gave it.
        if os.geteuid() != 0 or os.getxattr(above, _DELEGATED) == b"1":
            return dict.fromkeys((above / "cgroup.controllers").read_text().split(), above)
    return {}


def _can_make(parent: Path) -> bool:
    return os.access(parent, os.W_OK | os.X_OK)


def _works(cgroups: Cgroups) -> bool:
    """True if a cgroup with limits can be made here and left again."""
    try:
        if cgroups.version == _TWO:
            wanted = " ".join(f"+{controller}" for controller in _CONTROLLERS)
            (cgroups.parents["memory"] / "cgroup.subtree_control").write_text(wanted)
        group = cgroups.made()
        try:
            group.limit(Limits(), 0)
        finally:
            gone = group.discard()
    except OSError:
        return False
    return gone


def _settings(version: int, limits: Limits, own_processes: int) -> Iterator[tuple[str, str, str]]:
    """Controller, file and value of each limit (cgroup-v2.rst; memory.rst, pids.rst, sched-bwc.rst of v1)."""
    memory, processes = str(memory_of_all(limits)), str(limits.processes + own_processes)
    if version == _TWO:
        yield ("memory", "memory.max", memory)
        yield ("cpu", "cpu.max", f"{_PERIOD_MICROSECONDS} {_PERIOD_MICROSECONDS}")
    else:
        yield ("memory", "memory.limit_in_bytes", memory)
        yield ("cpu", "cpu.cfs_period_us", str(_PERIOD_MICROSECONDS))
        yield ("cpu", "cpu.cfs_quota_us", str(_PERIOD_MICROSECONDS))
    yield ("pids", "pids.max", processes)


def _no_swap(version: int, limits: Limits) -> str:
    """In version 1 the limit is that of memory and swap together."""
    return "0" if version == _TWO else str(memory_of_all(limits))


def _counted(file: Path, name: str) -> int:
    """The number beside a name in a file of one counter a line; 0 if there is none."""
    with suppress(OSError, ValueError):
        for line in file.read_text().splitlines():
            key, _, value = line.partition(" ")
            if key == name:
                return int(value)
    return 0
