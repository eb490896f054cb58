"""A container engine of a test's own, which the test may kill."""

import asyncio
import io
import json
import os
import shutil
import signal
import subprocess
import tarfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from uuid import uuid4

import pytest
from aiodocker import Docker, DockerError

from tests.support.containers import build_image

_ANSWER_SECONDS = 60
_END_SECONDS = 30
SHELL = "joust-test-shell:1"
_JUDGE = "read seconds < /submission/answer.txt; sleep $seconds; echo '{\"score\": 50}' > /output/score.json"
_PROGRAMS = ("/bin/sh", "/bin/sleep", "/bin/true")


class NotStarted(Exception):
    """It ended at once; the message is the end of its log."""


class PrivateEngine:
    """A ``dockerd`` with folders and a socket of its own, and without a network."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        # A namespace may not end with, or double, what the names of temporary folders are full of.
        self._namespace = f"joust-{uuid4().hex}"
        self._process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"unix://{self._folder}/docker.sock"

    async def start(self) -> None:
        """Start it, and return once it answers."""
        folder = self._folder
        (folder / "daemon.json").write_text("{}")
        with (folder / "log").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                # Where it may remove what it takes for its network, and its mounts go with it.
                *(
                    "unshare",
                    "--net",
                    "--mount",
                    "dockerd",
                    "--config-file",
                    folder / "daemon.json",
                    "--host",
                    self.url,
                ),
                *("--data-root", folder / "data", "--exec-root", folder / "run", "--pidfile", folder / "pid"),
                *("--bridge", "none", "--iptables=false", "--ip-masq=false"),
                *("--containerd-namespace", self._namespace),
                *("--containerd-plugins-namespace", f"{self._namespace}-p"),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        async with asyncio.timeout(_ANSWER_SECONDS):
            while not await self._answers():
                if self._process.returncode is not None:
                    raise NotStarted((folder / "log").read_text()[-500:])
                await asyncio.sleep(0.1)

    async def end(self, number: signal.Signals) -> None:
        """End it by a signal, and return once it is gone, with the process that it has beside it."""
        if self._process is None or self._process.returncode is not None:
            return
        beside = self._folder / "run" / "containerd" / "containerd.pid"
        pid = int(beside.read_text()) if beside.exists() else None
        self._process.send_signal(number)
        async with asyncio.timeout(_END_SECONDS):
            await self._process.wait()
            while pid is not None and Path("/proc", str(pid)).exists():
                with suppress(ProcessLookupError):
                    os.kill(pid, number)
                await asyncio.sleep(0.1)

    async def provide_shell(self) -> None:
        """Have an image with this machine's shell, which is small."""
        async with Docker(url=self.url) as docker:
            layer = await asyncio.to_thread(_layer)
            params = {"fromSrc": "-", "repo": "joust-test-base", "tag": "1"}
            headers = {"Content-Type": "application/x-tar"}
            async with docker._query(
                "images/create", "POST", params=params, data=layer, headers=headers
            ) as response:
                await response.read()
        dockerfile = f"FROM joust-test-base:1\nCMD {json.dumps(['/bin/sh', '-c', _JUDGE])}\n"
        await build_image(SHELL, {"Dockerfile": dockerfile}, url=self.url)

    async def _answers(self) -> bool:
        async with Docker(url=self.url) as docker:
            try:
                await docker.version()
            except (DockerError, OSError):
                return False
        return True


@asynccontextmanager
async def private_engine(folder: Path) -> AsyncIterator[PrivateEngine]:
    """An engine for the length of the block; skips the test, visibly, where none can be started."""
    if os.geteuid() != 0 or shutil.which("dockerd") is None:
        pytest.skip("a test's own engine needs root and dockerd")
    engine = PrivateEngine(folder)
    try:
        try:
            await engine.start()
        except NotStarted as error:
            pytest.skip(f"no engine can be started here: {error}")
        yield engine
    finally:
        await engine.end(signal.SIGTERM)
        shutil.rmtree(folder, ignore_errors=True)


def _layer() -> bytes:
    """A tar of a few programs of this machine with the libraries that they load."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", dereference=True) as tar:
        for path in sorted({*_PROGRAMS, *(path for each in _PROGRAMS for path in _libraries(each))}):
            tar.add(path, arcname=path.removeprefix("/"))
        scratch = tarfile.TarInfo("tmp")
        scratch.type, scratch.mode = tarfile.DIRTYPE, 0o1777
        tar.addfile(scratch)
    return packed.getvalue()


def _libraries(program: str) -> list[str]:
    said = subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout
    return [word for word in said.split() if word.startswith("/")]
