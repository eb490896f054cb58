"""The image follows from the source: made anew without a cache, every file is the same to the second and the bit."""

import hashlib
import subprocess
import tarfile
from typing import NamedTuple
from uuid import uuid4

import pytest

from joust_testing.compose import docker
from tests.support.parts import ROOT

pytestmark = pytest.mark.containers
BUILD_SECONDS = 900
OF_THE_ENGINE = {
    *(".dockerenv", "dev", "dev/console", "dev/pts", "dev/shm", "etc", "proc", "sys"),
    *("etc/hostname", "etc/hosts", "etc/mtab", "etc/resolv.conf"),
}
"""Made or touched by the engine for each container."""


class Entry(NamedTuple):
    """What a file is, with its content's digest or where it points."""

    kind: bytes
    mode: int
    owner: tuple[int, int]
    size: int
    changed: float
    content: str


def build(tag: str) -> None:
    command = ("build", "--no-cache", "--quiet", "--file", str(ROOT / "deploy" / "docker" / "Dockerfile"))
    docker(*command, "--tag", tag, str(ROOT), timeout_seconds=BUILD_SECONDS)


def files_of(image: str) -> dict[str, Entry]:
    """Every file of the image, by its path."""
    container = docker("create", image).strip()
    try:
        with subprocess.Popen(["docker", "export", container], stdout=subprocess.PIPE) as exported:
            assert exported.stdout is not None
            with tarfile.open(fileobj=exported.stdout, mode="r|") as archive:
                found = {each.name: _entry(archive, each) for each in archive}
    finally:
        docker("rm", container)
    return {name: entry for name, entry in found.items() if name not in OF_THE_ENGINE}


def _entry(archive: tarfile.TarFile, info: tarfile.TarInfo) -> Entry:
    file = archive.extractfile(info) if info.isreg() else None
    content = info.linkname if file is None else hashlib.sha256(file.read()).hexdigest()
    return Entry(info.type, info.mode, (info.uid, info.gid), info.size, info.mtime, content)


def test_two_images_of_one_source_have_the_same_files() -> None:
    tags = [f"joust-test:{uuid4().hex[:8]}" for _ in range(2)]
    try:
        for tag in tags:
            build(tag)
        first, second = map(files_of, tags)
    finally:
        for tag in tags:
            docker("image", "rm", "--force", tag)
    assert len(first) > 10_000
    assert first.keys() == second.keys()
    assert [name for name in first if first[name] != second[name]] == []
