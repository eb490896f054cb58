"""Apache Kafka in KRaft mode: one process, formatted on the first start, quiet logs."""

import asyncio
import os
import shutil
import sys

from joust_embedded.context import StackContext
from joust_embedded.errors import StackError
from joust_embedded.health import tcp_open
from joust_embedded.java import java_command
from joust_embedded.kafka_cache import KafkaCache
from joust_embedded.kafka_config import NODE_ID, server_properties
from joust_embedded.layout import broken
from joust_embedded.process import ChildSpec
from joust_embedded.spawn import end, last_lines, run_to_end, spawn
from joust_embedded.topics import create_topics


class Kafka:
    """The message broker."""

    name = "kafka"

    def __init__(self, context: StackContext) -> None:
        self._context = context
        self._folder = context.layout.kafka
        self._data = self._folder / "data"
        self._log = context.layout.log(self.name)
        self._cache = KafkaCache(context.settings.cache_dir)
        self._env = {"PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8", "TZ": "UTC"}

    def check(self) -> None:
        """Refuse data that is of another cluster or whose identity is unreadable."""
        if not self._data.exists():
            return
        expected = {
            "version": "1",
            "node.id": str(NODE_ID),
            "cluster.id": self._context.credentials.kafka_cluster_id,
        }
        try:
            lines = (self._data / "meta.properties").read_text().splitlines()
        except (OSError, UnicodeDecodeError):
            raise broken(self._data, "its meta.properties is missing or unreadable") from None
        found = dict(line.split("=", 1) for line in lines if "=" in line)
        if "directory.id" not in found or any(found.get(key) != value for key, value in expected.items()):
            raise broken(self._data, "its meta.properties is damaged or of another cluster")

    async def prepare(self) -> None:
        """Download what is missing, write the configuration, format the storage on the first start."""
        if not self._cache.is_complete():
            await self._fill_cache()
        self._write_properties("server", "data")
        if not self._data.exists():
            await self._format()

    def child(self) -> ChildSpec:
        """The broker."""
        settings = self._context.settings
        return ChildSpec(
            name=self.name,
            argv=self._java("kafka.Kafka", str(self._folder / "server.properties")),
            env=self._env,
            log=self._log,
            is_ready=self._is_ready,
            start_seconds=settings.start_timeout_seconds,
            stop_seconds=settings.stop_timeout_seconds,
        )

    async def complete(self) -> None:
        """The services' topics."""
        settings = self._context.settings
        limit = settings.start_timeout_seconds
        await create_topics(self._context.address(self.name), settings.kafka_partitions, limit)

    def clean_up(self) -> None:
        """Nothing lies outside of the data folder."""

    async def _fill_cache(self) -> None:
        argv = [sys.executable, "-m", "joust_embedded.downloads", self._context.settings.model_dump_json()]
        lines = [""]
        with self._log.open("ab") as log:
            process = await spawn(argv, env=os.environ, output=log, stdout=asyncio.subprocess.PIPE)
        try:
            if process.stdout is not None:
                async for line in process.stdout:
                    lines.append(line.decode().strip())
                    self._context.report(self.name, lines[-1])
            code = await process.wait()
        finally:
            await end(process)
        if code:
            raise StackError(lines[-1] or f"Downloading Kafka failed:\n{last_lines(self._log)}")

    async def _format(self) -> None:
        # Under another name until it is whole, so that an interrupted start leaves nothing half done.
        draft = self._folder / "data.new"
        shutil.rmtree(draft, ignore_errors=True)
        self._write_properties("format", "data.new")
        cluster = self._context.credentials.kafka_cluster_id
        config = str(self._folder / "format.properties")
        command = self._java("kafka.tools.StorageTool", "format", "-t", cluster, "-c", config)
        if await run_to_end(command, env=self._env, log=self._log):
            raise StackError(
                f"Formatting Kafka's storage failed. The end of its log:\n{last_lines(self._log)}"
            )
        draft.rename(self._data)

    def _write_properties(self, name: str, data: str) -> None:
        ports = self._context.ports
        text = server_properties(
            self._folder / data, self._context.settings.host, ports[self.name], ports["kafka_controller"]
        )
        (self._folder / f"{name}.properties").write_text(text)

    def _java(self, main: str, *arguments: str) -> list[str]:
        heap = self._context.settings.kafka_heap_mb
        return java_command(self._cache.jars, main, *arguments, heap_mb=heap, flags=self._cache.java_flags())

    async def _is_ready(self) -> bool:
        return await tcp_open(self._context.settings.host, self._context.ports[self.name])
