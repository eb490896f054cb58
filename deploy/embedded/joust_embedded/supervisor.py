"""Starts the parts and services of one stack in the right order, keeps them alive, stops them in order."""

import asyncio
import contextlib
import os
import sys
from collections.abc import Callable, Mapping, Sequence

from joust_embedded import credentials, ports
from joust_embedded.claims import PortClaims
from joust_embedded.context import StackContext
from joust_embedded.environment import process_environment
from joust_embedded.errors import StackError
from joust_embedded.health import http_status, until
from joust_embedded.layout import Layout
from joust_embedded.lock import StackLock
from joust_embedded.migrations import Migrator
from joust_embedded.parts.base import Part
from joust_embedded.parts.kafka import Kafka
from joust_embedded.parts.postgres import Postgres
from joust_embedded.parts.s3 import S3
from joust_embedded.process import Child, ChildSpec
from joust_embedded.progress import Progress
from joust_embedded.settings import SERVICES, EmbeddedSettings, service_of
from joust_embedded.state import StackState, end_leftovers, record

# Services first, the door before what is behind it; then what they stand on.
_STOP_ORDER = (("gateway",), tuple(set(SERVICES) - {"gateway"}), ("kafka", "s3"), ("postgres",))


class Supervisor:
    """One stack. Everything runs in the event loop, and so in the thread, of the caller.

    That thread must live as long as the stack: the children die with it.
    """

    def __init__(
        self,
        settings: EmbeddedSettings,
        progress: Progress,
        services: Sequence[str] = SERVICES,
        commands: Mapping[str, Sequence[str]] | None = None,
        run_by: Sequence[str] = (),
    ) -> None:
        unknown = set(services) - set(SERVICES)
        if unknown:
            raise StackError(f"No such service: {', '.join(unknown)}. There are {', '.join(SERVICES)}.")
        self.children: dict[str, Child] = {}
        self._settings = settings
        self._progress = progress
        self._services = tuple(services)
        self._commands = dict(commands or {})
        self._run_by = tuple(run_by)
        self._layout = Layout(settings.data_dir)
        self._lock = StackLock(self._layout.lock_file)
        self._claims = PortClaims()
        self._context: StackContext | None = None
        self._state: StackState | None = None
        self._parts: list[Part] = []
        self._migrator: Migrator | None = None

    @property
    def context(self) -> StackContext:
        """Addresses and secrets; there once the start has begun."""
        if self._context is None:
            raise StackError("The stack has not been started.")
        return self._context

    @property
    def environments(self) -> dict[str, dict[str, str]]:
        """``JOUST_*`` variables by service."""
        return self._state.environments if self._state else {}

    async def serve(self, stop: asyncio.Event, started: Callable[[], None]) -> None:
        """Start everything, call ``started``, run until ``stop`` is set, stop everything.

        Raises StackError when the start fails; nothing is left running then either.
        """
        start = asyncio.ensure_future(self._start())
        stopping = asyncio.ensure_future(stop.wait())
        try:
            await asyncio.wait({start, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if start.done():
                _raise_first(start)
                self._progress.close()
                started()
                await stopping
        finally:
            stopping.cancel()
            start.cancel()
            await asyncio.wait({start})
            self._progress.close()
            await self._stop()

    async def wait_ready(self, timeout_seconds: float) -> None:
        """Return once every child answers; one that has just died may still count for a moment.

        Raises ``TimeoutError``.
        """
        async with asyncio.timeout(timeout_seconds):
            for child in self.children.values():
                await until(child.answers)

    async def migrate(self) -> None:
        """Bring the schemas of all services to their newest revisions. Raises StackError when one fails."""
        migrator = Migrator(self.context, self._services)
        try:
            await migrator.warm_up()
            await migrator.run()
        finally:
            await migrator.close()

    async def _start(self) -> None:
        self._open()
        self._parts = [Postgres(self.context), Kafka(self.context), S3(self.context)]
        for part in self._parts:
            part.check()
        own = [name for name in self._services if name not in self._commands]
        self._migrator = Migrator(self.context, own)
        async with asyncio.TaskGroup() as group:
            await self._migrator.warm_up()
            parts = [group.create_task(self._start_part(part)) for part in self._parts]
            for name in self._services:
                for process in self._settings.processes_of(name):
                    group.create_task(self._start_service(process, parts))
        if self._state:
            self._state.started = True
        self._remember()

    def _open(self) -> None:
        self._layout.create()
        self._lock.acquire()
        end_leftovers(self._layout)
        self._layout.rotate_logs()
        secrets = credentials.load_or_create(self._layout)
        chosen = ports.choose(self._settings, self._layout.ports_file, self._claims.take)
        self._context = context = StackContext(
            self._settings, self._layout, secrets, chosen, report=self._progress.begin
        )
        environments = {
            name: process_environment(context, name, os.environ) for name in self._settings.processes
        }
        self._state = StackState(
            supervisor_pid=os.getpid(),
            host=self._settings.host,
            ports=chosen,
            environments=environments,
            database_dsn=context.postgres_dsn(),
            kafka_bootstrap=context.address("kafka"),
            s3_endpoint=context.url("s3"),
            s3_access_key=secrets.s3_access_key,
            s3_secret_key=secrets.s3_secret_key,
        )
        self._remember()

    async def _start_part(self, part: Part) -> None:
        self._progress.begin(part.name, "preparing")
        await part.prepare()
        self._progress.begin(part.name, "starting")
        await self._run(part.child()).wait_ready()
        self._progress.begin(part.name, "completing")
        await part.complete()
        if part.name == "postgres" and self._migrator:
            self._progress.begin(part.name, "migrating")
            await self._migrator.run()
        self._progress.done(part.name)

    async def _start_service(self, name: str, parts: Sequence[asyncio.Task[None]]) -> None:
        await asyncio.gather(*(asyncio.shield(part) for part in parts))
        self._progress.begin(name, "starting")
        await self._run(self._service(name)).wait_ready()
        self._progress.done(name)

    def _service(self, name: str) -> ChildSpec:
        context = self.context
        host, port, service = self._settings.host, context.ports[name], service_of(name)
        python = (sys.executable, *self._run_by)

        async def is_ready() -> bool:
            return await http_status(host, port, "/readyz") == 200

        return ChildSpec(
            name=name,
            argv=self._commands.get(service) or [*python, "-m", f"joust_{service}", "serve"],
            env={**os.environ, "PYTHONUNBUFFERED": "1", **self.environments[name]},
            log=self._layout.log(name),
            is_ready=is_ready,
            start_seconds=self._settings.start_timeout_seconds,
            stop_seconds=self._settings.stop_timeout_seconds,
        )

    def _run(self, spec: ChildSpec) -> Child:
        child = Child(spec, self._note, self._remember)
        self.children[spec.name] = child
        child.start()
        return child

    def _note(self, text: str) -> None:
        self._progress.note(text)
        with contextlib.suppress(OSError), self._layout.log("supervisor").open("a") as log:
            log.write(f"{text}\n")

    def _remember(self) -> None:
        if self._state is None:
            return
        pids = {name: child.pid for name, child in self.children.items()}
        found = {name: record(pid) for name, pid in pids.items() if pid}
        self._state.processes = {name: item for name, item in found.items() if item}
        # Other commands read the file; the stack itself runs on without it.
        with contextlib.suppress(OSError):
            self._state.save(self._layout)

    async def _stop(self) -> None:
        if self._migrator:
            await self._migrator.close()
        for names in _STOP_ORDER:
            ending = [child for name, child in self.children.items() if service_of(name) in names]
            await asyncio.gather(*(child.stop() for child in ending))
        for part in self._parts:
            part.clean_up()
        if self._state:
            self._layout.state_file.unlink(missing_ok=True)
        self._claims.release()
        self._lock.release()


def _raise_first(task: asyncio.Task[None]) -> None:
    """Raise what a task raised; out of a group the first error, which is the cause of the others' end."""
    try:
        task.result()
    except BaseExceptionGroup as group:
        raise group.exceptions[0] from None
