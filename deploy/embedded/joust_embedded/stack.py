"""A stack as a Python object, for tests and programs: started in a thread of its own."""

import asyncio
import contextlib
import signal
import threading
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Self

from joust_embedded.errors import StackError
from joust_embedded.progress import Progress, Silence
from joust_embedded.settings import SERVICES, EmbeddedSettings
from joust_embedded.supervisor import Supervisor


class Stack:
    """The parts and the given services, supervised in the background from ``start()`` to ``stop()``.

    ``services=()`` starts the parts alone; ``commands`` replaces the command line of a service, whose schema
    is not migrated then. ``run_by`` stands between the interpreter and a service's module, e.g. a profiler,
    ``("-m", "cProfile")``. Addresses and environments of all seven services are there in any case.
    """

    def __init__(
        self,
        settings: EmbeddedSettings | None = None,
        *,
        services: Sequence[str] = SERVICES,
        commands: Mapping[str, Sequence[str]] | None = None,
        run_by: Sequence[str] = (),
        progress: Progress | None = None,
    ) -> None:
        self.settings = settings or EmbeddedSettings()
        self._supervisor = Supervisor(self.settings, progress or Silence(), services, commands, run_by)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop = asyncio.Event()
        self._thread: threading.Thread | None = None
        self._started = threading.Event()
        self._error: BaseException | None = None

    @classmethod
    @contextlib.contextmanager
    def running(
        cls,
        settings: EmbeddedSettings | None = None,
        *,
        services: Sequence[str] = SERVICES,
        commands: Mapping[str, Sequence[str]] | None = None,
        run_by: Sequence[str] = (),
        progress: Progress | None = None,
    ) -> Iterator[Self]:
        """A started stack for the length of a ``with`` block."""
        stack = cls(settings, services=services, commands=commands, run_by=run_by, progress=progress)
        stack.start()
        try:
            yield stack
        finally:
            stack.stop()

    def start(self) -> None:
        """Start and wait until everything is ready. Raises StackError, with nothing left running."""
        if self._thread is not None:
            raise StackError("This Stack has been started already; make another one.")
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, args=(self._loop,), name="joust-stack", daemon=True)
        self._thread.start()
        try:
            self._started.wait()
        except BaseException:
            self.stop()
            raise
        if self._error is not None:
            self._thread.join()
            raise self._error

    def stop(self) -> None:
        """Stop everything in order and wait for it; does nothing when it isn't running."""
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._stop.set)
        if self._thread is not None:
            self._thread.join()

    def wait_ready(self, timeout_seconds: float = 60.0) -> None:
        """Wait until every process is ready, for instance after one was killed. Raises StackError."""
        try:
            self._call(self._supervisor.wait_ready(timeout_seconds))
        except TimeoutError:
            late = ", ".join(name for name, child in self._supervisor.children.items() if not child.is_ready)
            raise StackError(f"Not ready within {timeout_seconds:g} seconds: {late}.") from None

    def kill(self, name: str, number: signal.Signals = signal.SIGKILL) -> None:
        """End a service or part as a fault would, and wait until it is gone; it is started again."""
        self.pid(name)
        self._call(self._supervisor.children[name].kill(number))

    def restart(
        self, name: str, variables: Mapping[str, str | None], *, timeout_seconds: float = 60.0
    ) -> None:
        """Have a service start again with other variables, as after a change of its settings.

        ``None`` takes one away. Raises StackError if it, or anything else, does not become ready.
        """
        child = self._supervisor.children[name]
        changed = {**child.spec.env, **variables}
        present = {variable: value for variable, value in changed.items() if value is not None}
        child.spec = replace(child.spec, env=present)
        self.kill(name, signal.SIGTERM)
        self.wait_ready(timeout_seconds)

    def migrate(self) -> None:
        """Bring the schemas of a stack that an older version has made to the revisions of this one, while its
        services run. Raises StackError if that fails."""
        self._call(self._supervisor.migrate())

    def pid(self, name: str) -> int:
        """Pid of a service or part that runs now. Raises StackError while it is down."""
        child = self._supervisor.children.get(name)
        if child is None or child.pid is None:
            raise StackError(f"{name} is not running.")
        return child.pid

    def restarts(self, name: str) -> int:
        """How often a service or part has been started again."""
        return self._supervisor.children[name].restarts

    @property
    def urls(self) -> dict[str, str]:
        """Base URL by service."""
        return {name: self._supervisor.context.url(name) for name in SERVICES}

    def urls_of(self, service: str) -> list[str]:
        """Base URLs of all processes of a service."""
        return self._supervisor.context.urls_of(service).split(",")

    @property
    def env(self) -> dict[str, dict[str, str]]:
        """``JOUST_*`` variables by process; the first of a service has its name."""
        return self._supervisor.environments

    @property
    def ports(self) -> dict[str, int]:
        """Port by service and part."""
        return dict(self._supervisor.context.ports)

    @property
    def database_dsn(self) -> str:
        """DSN of the database ``joust`` as superuser, in libpq's form."""
        return self._supervisor.context.postgres_dsn()

    @property
    def kafka_bootstrap(self) -> str:
        """``host:port`` of Kafka."""
        return self._supervisor.context.address("kafka")

    @property
    def s3_endpoint(self) -> str:
        """URL of S3; its keys are in every service's environment."""
        return self._supervisor.context.url("s3")

    def _call(self, work: Coroutine[Any, Any, None]) -> None:
        if self._loop is None or self._loop.is_closed():
            work.close()
            raise StackError("The stack is not running.")
        asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def _run(self, loop: asyncio.AbstractEventLoop) -> None:
        try:
            with asyncio.Runner(loop_factory=lambda: loop) as runner:
                runner.run(self._supervisor.serve(self._stop, self._started.set))
        except BaseException as error:  # noqa: BLE001 - handed to the thread that waits in start()
            self._error = error
        finally:
            self._started.set()
