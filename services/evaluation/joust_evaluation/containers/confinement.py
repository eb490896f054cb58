"""How a container is confined: one definition for posters' images and for submitted programs. No I/O."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

SCRATCH_DIRECTORY = "/tmp"  # noqa: S108 - inside the container, where it is a file system of its own
SHARED_MEMORY_BYTES = 16 * 1024 * 1024
"""Of ``/dev/shm``."""
_KEPT_LOGS = 2


@dataclass(frozen=True)
class Confinement:
    """What the deployment gives to every container."""

    cpus: float
    pids: int
    scratch_mb: int
    log_bytes: int
    runtime: str | None
    """E.g. ``runsc``; ``None`` is the engine's default."""
    network: str | None
    """The engine's network for tasks that ask for one."""


@dataclass(frozen=True)
class Bounds:
    """How much one container is given. Its scratch and its shared memory lie in its memory."""

    memory_bytes: int
    pids: int
    """Processes and threads at once."""
    cpus: float
    scratch_bytes: int
    scratch_files: int | None = None
    ulimits: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    """Of each process, soft and hard, by their names in the Engine API."""
    log_bytes: int | None = None
    """Of its output in the engine; ``None`` if the engine keeps nothing."""


def confined(
    bounds: Bounds,
    mounts: Sequence[Mapping[str, Any]],
    *,
    runtime: str | None,
    network: str | None = None,
    capabilities: Sequence[str] = (),
    declared_volumes: Collection[str] = (),
) -> dict[str, Any]:
    """The ``HostConfig`` of a container that executes what strangers wrote.

    ``declared_volumes`` are those of its image. The engine would make each a volume on its disk, which no
    limit holds, so they become small file systems in the container's memory.
    """
    ulimits = {"core": (0, 0), **bounds.ulimits}
    scratch = f"rw,nosuid,nodev,exec,size={bounds.scratch_bytes},mode=1777"
    if bounds.scratch_files is not None:
        scratch += f",nr_inodes={bounds.scratch_files}"
    targets = {str(mount["Target"]) for mount in mounts} | {SCRATCH_DIRECTORY}
    host: dict[str, Any] = {
        "NetworkMode": network or "none",
        "ReadonlyRootfs": True,
        "Privileged": False,
        "CapDrop": ["ALL"],
        "CapAdd": list(capabilities),
        "SecurityOpt": ["no-new-privileges"],
        "PidsLimit": bounds.pids,
        "Memory": bounds.memory_bytes,
        # The same as the memory, so none of it is swap.
        "MemorySwap": bounds.memory_bytes,
        "NanoCpus": int(bounds.cpus * 1_000_000_000),
        "IpcMode": "private",
        "ShmSize": SHARED_MEMORY_BYTES,
        "Ulimits": [{"Name": name, "Soft": soft, "Hard": hard} for name, (soft, hard) in ulimits.items()],
        "Tmpfs": {SCRATCH_DIRECTORY: scratch},
        "Mounts": [
            *mounts,
            *(_in_memory(path, bounds.scratch_bytes) for path in sorted(set(declared_volumes) - targets)),
        ],
        "LogConfig": _log_config(bounds.log_bytes),
        "RestartPolicy": {"Name": "no"},
    }
    if runtime is not None:
        host["Runtime"] = runtime
    return host


def volume_mount(volume: str, target: str, *, read_only: bool) -> dict[str, Any]:
    """A volume in a container. What the image has in its place stays out of the way."""
    return {
        "Type": "volume",
        "Source": volume,
        "Target": target,
        "ReadOnly": read_only,
        "VolumeOptions": {"NoCopy": True},
    }


def declared_volumes_of(image: Mapping[str, Any]) -> Collection[str]:
    """The paths that an image, as the engine shows it, declares as volumes."""
    return tuple(image["Config"].get("Volumes") or ())


def _in_memory(path: str, size_bytes: int) -> dict[str, Any]:
    return {"Type": "tmpfs", "Target": path, "TmpfsOptions": {"SizeBytes": size_bytes}}


def _log_config(max_bytes: int | None) -> dict[str, Any]:
    if max_bytes is None:
        return {"Type": "none"}
    return {"Type": "json-file", "Config": {"max-size": str(max_bytes), "max-file": str(_KEPT_LOGS)}}
