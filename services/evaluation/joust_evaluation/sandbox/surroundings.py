"""What a program in bubblewrap sees of the machine: interpreters and libraries, and nothing else."""

import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from joust_evaluation.containers.confinement import SHARED_MEMORY_BYTES
from joust_evaluation.sandbox.base import FILES, SCRATCH, Limits

_ROOTS = ("/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
_FROM_ETC = ("/etc/alternatives", "/etc/ld.so.cache")
"""Commands and libraries are found by these; they hold no secret."""
_INSTALLED = ("lib/python3*/site-packages", "lib/python3*/dist-packages")


def interpreter() -> Path | None:
    """The folder of the worker's own Python, if it lies outside of ``/usr`` and everybody may read it."""
    prefix = Path(sys.base_prefix).resolve()
    if prefix.is_relative_to("/usr"):
        return None
    places = [prefix, *prefix.parents]
    # As root the sandbox runs as somebody else, to whom root's home is closed.
    is_open = all(place.stat().st_mode & 0o001 for place in places)
    return prefix if is_open or os.geteuid() != 0 else None


def search_path(own_python: Path | None) -> str:
    """``PATH`` in the sandbox."""
    usual = ("/usr/local/bin", "/usr/local/go/bin", "/usr/bin", "/bin", "/usr/sbin")
    return ":".join([f"{own_python}/bin", *usual] if own_python else usual)


def system(own_python: Path | None, empty: Path) -> Iterator[str]:
    """Options of ``bwrap`` for what all programs see of the machine."""
    yield from ("--ro-bind", "/usr", "/usr")
    for root in _ROOTS:
        yield from _like_the_machine(root)
    for file in _FROM_ETC:
        yield from ("--ro-bind-try", file, file)
    if own_python is not None:
        yield from ("--ro-bind", str(own_python), str(own_python))
    # Programs get the standard library alone, and do not see what this service is made of.
    for folder in _installed_packages(own_python):
        yield from ("--ro-bind", str(empty), str(folder))


def mounts(system: Iterable[str], files: Path, limits: Limits) -> Iterator[str]:
    """Options of ``bwrap`` that build the file system. All of it is read-only, but the scratch."""
    yield from system
    yield from ("--proc", "/proc", "--dev", "/dev")
    yield from ("--size", str(SHARED_MEMORY_BYTES), "--tmpfs", "/dev/shm", "--remount-ro", "/dev")  # noqa: S108
    yield from ("--size", str(limits.disk_bytes), "--tmpfs", SCRATCH)
    yield from ("--ro-bind", str(files), FILES, "--chdir", FILES, "--remount-ro", "/")


def _like_the_machine(root: str) -> tuple[str, ...]:
    path = Path(root)
    if path.is_symlink():
        return ("--symlink", str(path.readlink()), root)
    return ("--ro-bind", root, root) if path.is_dir() else ()


def _installed_packages(own_python: Path | None) -> Iterator[Path]:
    for prefix in filter(None, (Path("/usr"), Path("/usr/local"), own_python)):
        for pattern in _INSTALLED:
            yield from sorted(prefix.glob(pattern))
