"""A container engine for tests, where there is one: its address, and images made for a test."""

import asyncio
import io
import os
import socket
import tarfile
from collections.abc import Mapping

import pytest
from aiodocker import Docker, DockerError

BASE = "python:3.13-slim"
ENGINE_URL = os.environ.get("DOCKER_HOST") or "unix:///var/run/docker.sock"


async def provide_base() -> None:
    """Have the image on which tests build, or skip the test that needs it, visibly."""
    async with Docker(url=ENGINE_URL) as docker:
        try:
            await docker.images.inspect(BASE)
        except DockerError:
            try:
                async with asyncio.timeout(120):
                    await docker.images.pull(BASE)
            except (DockerError, TimeoutError) as error:
                pytest.skip(f"{BASE} can't be had here: {error!r}"[:300])


async def build_image(name: str, files: Mapping[str, str], url: str = ENGINE_URL) -> None:
    """Build an image from a ``Dockerfile`` and what lies beside it. Raises ``RuntimeError`` with its log."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for path, content in files.items():
            entry = tarfile.TarInfo(path)
            entry.size, entry.mode = len(content.encode()), 0o644
            tar.addfile(entry, io.BytesIO(content.encode()))
    packed.seek(0)
    async with Docker(url=url) as docker:
        said = await docker.images.build(fileobj=packed, encoding="identity", tag=name, rm=True)
    errors = [each["error"] for each in said if "error" in each]
    if errors:
        raise RuntimeError(f"{name} was not built: {errors[0]}")


def engine_answers() -> bool:
    """True if a container engine listens on this machine."""
    if not ENGINE_URL.startswith("unix://"):
        return True
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(2)
        try:
            client.connect(ENGINE_URL.removeprefix("unix://"))
        except OSError:
            return False
    return True
