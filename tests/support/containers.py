"""A container engine for tests, where there is one: its address, and images made for a test."""

import io
import os
import socket
import tarfile
from collections.abc import Mapping

from aiodocker import Docker

ENGINE_URL = os.environ.get("DOCKER_HOST") or "unix:///var/run/docker.sock"


async def build_image(name: str, files: Mapping[str, str]) -> None:
    """Build an image from a ``Dockerfile`` and what lies beside it. Raises ``RuntimeError`` with its log."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for path, content in files.items():
            entry = tarfile.TarInfo(path)
            entry.size, entry.mode = len(content.encode()), 0o644
            tar.addfile(entry, io.BytesIO(content.encode()))
    packed.seek(0)
    async with Docker(url=ENGINE_URL) as docker:
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
