"""Who goes on next: one seeded choice at a time, and only one step runs at once.

A step is everything that happens until all tasks wait again: for the database, the bus, storage, HTTP (all of
them *points*, which wait here until they are chosen), or for time to pass.
"""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.simulation.faults import Faults
from tests.simulation.loop import PROCESS, Process, SimulationLoop
from tests.simulation.session import Sessions
from tests.simulation.trace import Trace, short_digest
from tests.simulation.wire import Statement, Transport

EPOCH = datetime(2030, 1, 1, tzinfo=UTC)
_SHORTEST_STEP_SECONDS = 0.0002
_LONGEST_STEP_SECONDS = 0.0015
_LONGEST_STALL_SECONDS = 40.0
"""More than the leases of jobs last, and than handlers may take."""


class Stuck(Exception):
    """Nothing can happen any more, or what happens leads nowhere."""


@dataclass
class Point:
    """Something that happens when it is chosen."""

    process: Process | None
    label: str
    run: Callable[[], None]
    statement: Statement | None = None

    @property
    def transport(self) -> Transport | None:
        """The connection, if it is a statement that happens."""
        return None if self.statement is None else self.statement.transport

    def order(self) -> tuple[str, str]:
        """By what they are, not by when they came."""
        return (self.process.name if self.process else "", self.label)

    @property
    def not_before(self) -> float:
        """Until when its process or its connection stands still."""
        process = self.process.stalled_until if self.process else 0.0
        return max(process, self.transport.stalled_until if self.transport else 0.0)


class Scheduler:
    """Chooses points, lets time pass, and lets processes die."""

    def __init__(self, seed: int, sessions: Sessions, trace: Trace, *, max_steps: int = 10_000) -> None:
        self.sessions = sessions
        self.chance = random.Random(seed)
        self.faults = Faults.of(random.Random(f"faults {seed}"))
        self.trace = trace
        self.loop = SimulationLoop(self._connect)
        self.loop.idle = self._step
        self.steps = 0
        self.crashes = 0
        self.may_crash: Callable[[Process], bool] = lambda _process: False
        self._max_steps = max_steps
        self._points: list[Point] = []
        self._held_up: list[Point] = []
        self._lent: set[Transport] = set()

    # Time

    @property
    def now(self) -> datetime:
        """Virtual time."""
        return EPOCH + timedelta(seconds=self.loop.now)

    @property
    def now_sql(self) -> str:
        """Virtual time as the database is told it."""
        return self.now.isoformat(timespec="microseconds")

    # Points

    async def point(self, label: str) -> None:
        """Wait until the scheduler chooses to go on here."""
        chosen: asyncio.Future[None] = self.loop.create_future()

        def go_on() -> None:
            if not chosen.done():
                chosen.set_result(None)

        self._points.append(Point(PROCESS.get(), label, go_on))
        await chosen

    def park_statement(self, statement: Statement) -> None:
        """A statement waits for its turn."""
        transport = statement.transport
        point = Point(transport.process, f"sql {statement.label}", lambda: None, statement)
        point.run = lambda: self._run_statement(statement, point)
        self._points.append(point)

    def forget(self, transport: Transport) -> None:
        """A connection is gone, and with it what waited on it."""
        self._points = [point for point in self._points if point.transport is not transport]
        self._held_up = [point for point in self._held_up if point.transport is not transport]
        self._lent.discard(transport)

    def settled(self, transport: Transport) -> None:
        """A statement is over: others may have got their lock, or news."""
        if transport.notifies and transport.session is not None and not transport.session.in_transaction:
            transport.notifies = False
            self._tell_listeners(transport.process)
        self.released()

    def released(self) -> None:
        """Give whoever got a lock its answer, before anything else happens.

        The server does not wait for the scheduler: it goes on with a statement as soon as it has its lock.
        """
        for point in list(self._held_up):
            statement = point.statement
            if statement is None or point not in self._held_up or statement.transport.is_held_up(self._pids):
                continue
            self.trace.add(self.loop.now, point.process, f"got its lock: {statement.label}")
            self._held_up.remove(point)
            self._finish(statement)

    def _connect(self, protocol_factory: Callable[[], Any]) -> tuple[Transport, Any]:
        protocol = protocol_factory()
        transport = Transport(self, protocol, self.loop)
        self._lent.add(transport)
        return transport, protocol

    def _tell_listeners(self, process: Process | None) -> None:
        for listener in [] if process is None else process.transports:
            if listener.listens and not listener.dead and not listener.is_busy:
                listener.look_for_news()

    def _run_statement(self, statement: Statement, point: Point) -> None:
        transport = statement.transport
        transport.run(statement)
        if transport.is_held_up(self._pids):
            self.trace.add(self.loop.now, point.process, f"waits for a lock: {statement.label}")
            self._held_up.append(point)
        else:
            self._finish(statement)

    def _finish(self, statement: Statement) -> None:
        told = statement.transport.finish()
        if not statement.reads_numbers_of_transactions:
            self.trace.amend(f" = {short_digest(told)}")
        self.settled(statement.transport)

    def _pids(self) -> set[int]:
        return {transport.session.pid for transport in self._lent if transport.session is not None}

    # Steps

    def _step(self) -> None:
        ready = [point for point in self._points if point.not_before <= self.loop.now]
        if not ready:
            self._let_time_pass()
            return
        self.steps += 1
        if self.steps > self._max_steps:
            raise Stuck(f"{self.steps} steps, and no end")
        # In which order they came to wait is no choice of the seed: tasks of one step may take turns.
        point = self.chance.choice(sorted(ready, key=Point.order))
        self._points.remove(point)
        self.loop.now += self.chance.uniform(_SHORTEST_STEP_SECONDS, _LONGEST_STEP_SECONDS)
        self._maybe_stall(point)
        dies = self._must_die(point.process)
        if dies and self.chance.random() < 0.5:
            self._kill(point.process, f"before {point.label}")
            return
        self.trace.add(self.loop.now, point.process, point.label)
        point.run()
        if dies:
            self._kill(point.process, f"after {point.label}")

    def _let_time_pass(self) -> None:
        moments = [point.not_before for point in self._points]
        if (timer := self.loop.next_timer()) is not None:
            moments.append(timer)
        if not moments:
            raise Stuck("nothing waits for anything")
        self.loop.now = max(self.loop.now, min(moments))

    def _maybe_stall(self, point: Point) -> None:
        if point.process is None or not self.faults.hit(self.faults.stall):
            return
        until = self.loop.now + self.faults.seconds(0.01, _LONGEST_STALL_SECONDS)
        stalled: Any = self.faults.chance.choice([point.process, point.transport or point.process])
        stalled.stalled_until = until
        what = "stalls" if stalled is point.process else "has a connection that stalls"
        self.trace.add(self.loop.now, point.process, f"{what} until {until:.3f}")

    def _must_die(self, process: Process | None) -> bool:
        if process is None or self.crashes >= self.faults.max_crashes or not self.may_crash(process):
            return False
        return self.faults.hit(self.faults.crash)

    def _kill(self, process: Process | None, when: str) -> None:
        assert process is not None
        self.crashes += 1
        self.trace.add(self.loop.now, process, f"CRASHES {when}")
        self._points = [point for point in self._points if point.process is not process]
        process.die()
