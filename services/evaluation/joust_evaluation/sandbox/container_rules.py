"""How a submitted program's container is confined, and what its use of the machine means. No I/O."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from joust_evaluation.containers.confinement import Bounds, confined, volume_mount
from joust_evaluation.sandbox.base import FILES, SCRATCH, Ending, Limits, Program
from joust_evaluation.sandbox.limits import memory_of_all, of_each_process

_NOBODY = "65534:65534"
"""Within what engines with user namespaces map."""
_OWN_PROCESSES = 1
_RUN = '"$@"; exit $?'
"""A shell is the container's first process: signals that the program sends itself would not reach it there,
and what it leaves behind would not be reaped."""


@dataclass(frozen=True)
class SandboxImage:
    """The image in which programs run, and what the deployment says of its containers."""

    id: str
    """By its content."""
    declared_volumes: Collection[str]
    cpus: float
    runtime: str | None

    @property
    def enforced_by(self) -> str:
        """What holds a program."""
        return f"container ({self.runtime or 'default runtime'}), cgroup, rlimits"


def program_config(
    image: SandboxImage, labels: Mapping[str, str], program: Program, volume: str
) -> dict[str, Any]:
    """The container that executes a program, as the Engine API creates it. It has no capability at all."""
    limits = program.limits
    bounds = Bounds(
        memory_bytes=memory_of_all(limits),
        pids=limits.processes + _OWN_PROCESSES,
        cpus=image.cpus,
        scratch_bytes=limits.disk_bytes,
        scratch_files=limits.disk_files,
        ulimits=of_each_process(limits),
    )
    environment = {"HOME": SCRATCH, "TMPDIR": SCRATCH, "LANG": "C.UTF-8", **program.environment}
    return {
        "Image": image.id,
        "Entrypoint": ["sh", "-c", _RUN, "sh"],
        "Cmd": list(program.argv),
        "Env": [f"{name}={value}" for name, value in environment.items()],
        "Labels": dict(labels),
        "User": _NOBODY,
        "WorkingDir": FILES,
        "Hostname": "sandbox",
        "Healthcheck": {"Test": ["NONE"]},
        "AttachStdin": True,
        "AttachStdout": True,
        "AttachStderr": True,
        "OpenStdin": True,
        "StdinOnce": True,
        "Tty": False,
        "HostConfig": confined(
            bounds,
            [volume_mount(volume, FILES, read_only=True)],
            runtime=image.runtime,
            declared_volumes=image.declared_volumes,
        ),
    }


def memory_used(usage: Mapping[str, Any]) -> int:
    """The most memory that a container used so far, as far as the engine tells."""
    memory = usage.get("memory_stats") or {}
    return int(memory.get("max_usage") or memory.get("usage") or 0)


def exceeded(usage: Mapping[str, Any], limits: Limits) -> Ending | None:
    """The limit that holds a program back without ending it, if one does."""
    processes = int((usage.get("pids_stats") or {}).get("current") or 0)
    return Ending.PROCESSES if processes >= limits.processes + _OWN_PROCESSES else None
