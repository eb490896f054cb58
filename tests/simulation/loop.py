"""An event loop without a real clock and without I/O: time is a number, and what happens next is asked for.

Every task belongs to a simulated process, by a context variable that tasks and callbacks inherit. When a
process dies, none of its callbacks ever runs again: no ``finally``, no ``except``, as after SIGKILL.
"""

import asyncio
import heapq
from collections.abc import Callable, Coroutine
from contextvars import Context, ContextVar
from typing import Any

PROCESS: ContextVar["Process | None"] = ContextVar("simulated_process", default=None)


class Process:
    """Something that can die: one incarnation of a service, or a client."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.is_dead = False
        self.stalled_until = 0.0
        self.tasks: list[asyncio.Task[Any]] = []
        """All of them, so that a dead process's coroutines are not finalised before the run is over."""
        self.on_death: list[Callable[[], None]] = []
        self.transports: list[Any] = []

    def context(self) -> Context:
        """A context in which everything belongs to this process."""
        context = Context()
        context.run(PROCESS.set, self)
        return context

    def die(self) -> None:
        """Stop, with nothing tidied up; then tell the world."""
        self.is_dead = True
        for transport in self.transports:
            transport.drop()
        for tell in self.on_death:
            tell()


class SimulationLoop(asyncio.BaseEventLoop):
    """Runs what is ready; when nothing is, asks ``idle`` to make something happen or let time pass."""

    def __init__(self, connect: Callable[[Callable[[], Any]], Any]) -> None:
        super().__init__()
        self.now = 0.0
        self.idle: Callable[[], None] = lambda: None
        self._connect = connect
        self._tasks_made = 0
        factory: Any = self._make_task
        self.set_task_factory(factory)

    def time(self) -> float:
        """Virtual seconds since the beginning."""
        return self.now

    def next_timer(self) -> float | None:
        """When the next timer is due."""
        scheduled: list[Any] = self._scheduled  # type: ignore[attr-defined]
        while scheduled and scheduled[0]._cancelled:
            heapq.heappop(scheduled)._scheduled = False
        return float(scheduled[0]._when) if scheduled else None

    def _run_once(self) -> None:
        ready: Any = self._ready  # type: ignore[attr-defined]
        if not ready:
            due = self.next_timer()
            if due is None or due > self.now:
                self.idle()
        while (due := self.next_timer()) is not None and due <= self.now:
            handle = heapq.heappop(self._scheduled)  # type: ignore[attr-defined]
            handle._scheduled = False
            ready.append(handle)
        for _ in range(len(ready)):
            handle = ready.popleft()
            process = handle._context.get(PROCESS)
            if not handle._cancelled and not (process is not None and process.is_dead):
                handle._run()

    def forget(self) -> None:
        """Drop everything that waits, so that its memory can be freed."""
        for task in asyncio.all_tasks(self):
            task._log_destroy_pending = False  # type: ignore[attr-defined]
        self._ready.clear()  # type: ignore[attr-defined]
        self._scheduled.clear()  # type: ignore[attr-defined]
        self.close()

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        """Cancelled timers are passed over when their time comes."""

    def _write_to_self(self) -> None:
        """No other thread ever wakes this loop."""

    def run_in_executor(self, executor: Any, func: Any, *args: Any) -> Any:  # type: ignore[override]
        """Threads would bring chance in; the work is done at once."""
        future = self.create_future()
        try:
            future.set_result(func(*args))
        except Exception as error:  # noqa: BLE001 - it belongs to whoever awaits
            future.set_exception(error)
        return future

    async def create_connection(self, protocol_factory: Any, *_args: Any, **_options: Any) -> Any:
        """All connections of the services go to PostgreSQL."""
        return self._connect(protocol_factory)

    def _make_task(
        self, _loop: asyncio.AbstractEventLoop, coro: Coroutine[Any, Any, Any], context: Context | None = None
    ) -> asyncio.Task[Any]:
        self._tasks_made += 1
        task = NumberedTask(self._tasks_made, coro, loop=self, context=context)
        process = context.get(PROCESS) if context is not None else PROCESS.get()
        if process is not None:
            process.tasks.append(task)
        return task


class NumberedTask(asyncio.Task[Any]):
    """Lies in sets where its number says, not its address: who goes through them does so as the last time."""

    def __init__(
        self,
        number: int,
        coro: Coroutine[Any, Any, Any],
        *,
        loop: asyncio.AbstractEventLoop,
        context: Context | None,
    ) -> None:
        self._number = number
        super().__init__(coro, loop=loop, context=context)

    def __hash__(self) -> int:
        return self._number
