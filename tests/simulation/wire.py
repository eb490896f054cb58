"""What asyncpg takes for a TCP connection: each statement waits until the scheduler lets it run.

Bytes go to the real server and the real answer comes back, whole and in one piece. BEGIN is done at once and
a statement is prepared when it first runs, because nobody can tell when that happened. A statement that waits
for a row lock of a transaction that is paused is parked, and its answer is delivered when the lock was given.
"""

import asyncio
import re
import struct
from collections.abc import Callable, Iterator
from contextvars import copy_context
from dataclasses import dataclass
from typing import Any, Protocol

from tests.simulation.loop import PROCESS, Process
from tests.simulation.session import Session, Sessions, packet, simple_query
from tests.simulation.trace import GIVEN_NAME, short_digest

_FIRST_LOOK_SECONDS = 0.004
_CANCEL_REQUEST = 80877102
_NOTIFIES = re.compile(r"pg_notify", re.IGNORECASE)
_FREE = re.compile(
    r"\s*(BEGIN|START|SET|LISTEN|UNLISTEN|SHOW|RESET|ROLLBACK\s*;?\s*$|SELECT\s+(pg_catalog|current_s)"
    r"|WITH RECURSIVE typeinfo)",
    re.IGNORECASE,
)
"""Statements of which nobody else can notice when they ran, and those with which asyncpg gets to know types."""
_ASKS = (b"S", b"Q", b"H")
"""Sync, Query, Flush: after these the server answers."""
_TELLING = b"DCE"
"""DataRow, CommandComplete and an error: what an answer says."""
_PARAMETERS = {
    "server_encoding": "UTF8",
    "client_encoding": "UTF8",
    "DateStyle": "ISO, MDY",
    "TimeZone": "UTC",
    "integer_datetimes": "on",
    "standard_conforming_strings": "on",
    "in_hot_standby": "off",
    "default_transaction_read_only": "off",
}


class Parking(Protocol):
    """The scheduler, as far as connections need it."""

    sessions: Sessions

    @property
    def now_sql(self) -> str:
        """The time that the database is told."""
        ...

    def park_statement(self, statement: "Statement") -> None:
        """Let the statement run when its turn has come."""
        ...

    def forget(self, transport: "Transport") -> None:
        """Nothing of this connection shall run any more."""
        ...

    def settled(self, transport: "Transport") -> None:
        """The connection has its answer."""
        ...

    def released(self) -> None:
        """A connection is gone, or was cancelled, and with it its locks."""
        ...


@dataclass(frozen=True)
class Statement:
    """SQL on its way to the server."""

    transport: "Transport"
    data: bytes
    sql: str
    values: bytes
    """What goes into it, as it is sent."""

    @property
    def label(self) -> str:
        """For the trace: the first words, the number of the connection, and a digest of all that is sent."""
        sent = short_digest(GIVEN_NAME.sub("", self.sql).encode() + self.values)
        return f"{' '.join(self.sql.split())[:90]} ({self.transport.number}, {sent})"

    @property
    def reads_numbers_of_transactions(self) -> bool:
        """True if its answer is another each time."""
        return "snapshot" in self.sql


class Transport(asyncio.Transport):
    """One connection of a simulated process."""

    def __init__(self, parking: Parking, protocol: Any, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self._parking = parking
        self._protocol = protocol
        self._loop = loop
        self._sql: dict[bytes, str] = {}
        self._unsent = b""
        self._deferred: list[bytes] = []
        """Statements that the client has prepared and the server does not know yet."""
        self._sent_late: list[bytes] = []
        self._context = copy_context()
        self.process: Process | None = PROCESS.get()
        self.number = 0
        """Among those of its process."""
        self.session: Session | None = None
        self.stalled_until = 0.0
        self.notifies = False
        self.listens = False
        self.waits_for_lock = False
        self.dead = False
        if self.process is not None:
            self.process.transports.append(self)
            self.number = len(self.process.transports)
        protocol.connection_made(self)

    # What asyncpg calls

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """There is no socket to look at."""
        return default

    def is_closing(self) -> bool:
        """True once closed."""
        return self.dead

    def pause_reading(self) -> None:
        """Answers come in one piece anyway."""

    def resume_reading(self) -> None:
        """Answers come in one piece anyway."""

    def abort(self) -> None:
        """Drop the connection."""
        if not self.dead:
            self.drop()
            self._later(self._protocol.connection_lost, None)

    close = abort

    def write(self, data: Any) -> None:
        """Take messages; they are sent when the server is asked to answer."""
        if self.dead:
            return
        if self.session is None:
            self._begin(bytes(data))
            return
        self._unsent += bytes(data)
        if self._unsent[:1] == b"X":
            self.abort()
            return
        sql, values, runs, last = self._read(self._unsent)
        if last not in _ASKS:
            return
        self._note(sql, runs)
        data, self._unsent = self._unsent, b""
        if last == b"H":
            # It goes to the server with its first use: half as many round trips.
            self._deferred.append(_first(data))
            self._later(self._protocol.data_received, self._parking.sessions.describe(_shape(data)))
            return
        statement = Statement(self, data, sql, values)
        if not runs or _FREE.match(sql):
            self.run(statement)
            self.finish()
            self._parking.settled(self)
        else:
            self._parking.park_statement(statement)

    # What the scheduler calls

    @property
    def is_busy(self) -> bool:
        """True while the server has not said that it is ready."""
        return self.waits_for_lock or self.session is None

    def run(self, statement: Statement) -> None:
        """Send the statement; its answer, or a wait for a lock, is what follows."""
        session = self._session()
        self._sent_late, self._deferred = self._deferred, []
        data = b"".join(self._sent_late) + statement.data
        if not session.in_transaction and session.clock != self._parking.now_sql:
            session.clock = self._parking.now_sql
            session.send(simple_query(f"SET sim.now = '{session.clock}'") + data)
            session.receive()
        else:
            session.send(data)
        self.waits_for_lock = True

    def is_held_up(self, pids: Callable[[], set[int]]) -> bool:
        """True if the statement waits for one of ``pids``; false if its answer is there."""
        session = self._session()
        pause = _FIRST_LOOK_SECONDS
        while not session.has_answer(pause):
            if self._parking.sessions.blockers(session) & pids():
                return True
            pause = min(pause * 2, 0.1)
        return False

    def finish(self) -> bytes:
        """Read the answer, and give it to the client; returns rows, errors and what was done."""
        messages = self._session().receive()
        self.waits_for_lock = False
        self._later(self._protocol.data_received, b"".join(self._asked_for(messages)))
        # After an error the server passes over what follows.
        known = sum(kind == b"1" for kind, _ in messages)
        self._deferred = self._sent_late[known:] + self._deferred
        self._tell_news([data for kind, data in messages if kind == b"A"])
        return b"".join(data for kind, data in messages if kind in _TELLING)

    def look_for_news(self) -> None:
        """Fetch notifications that have come, and give them to the client."""
        session = self._session()
        session.send(simple_query(";"))
        self._tell_news([data for kind, data in session.receive() if kind == b"A"])

    def drop(self) -> None:
        """Lose the connection at once; the server rolls back."""
        if self.dead:
            return
        self.dead = True
        self._parking.forget(self)
        if self.session is None:
            return
        if self.waits_for_lock:
            self._parking.sessions.cancel(self.session)
            self.session.receive()
        self._parking.sessions.give_back(self.session)
        self._parking.released()

    # Inside

    def _asked_for(self, messages: list[tuple[bytes, bytes]]) -> Iterator[bytes]:
        """Without notifications, and without what the server says to statements that were sent late."""
        unasked = len(self._sent_late)
        for kind, message in messages:
            if kind == b"1" and unasked:
                unasked -= 1
            elif kind != b"A":
                yield message

    def _session(self) -> Session:
        assert self.session is not None
        return self.session

    def _later(self, call: Callable[..., None], *args: Any) -> None:
        self._loop.call_soon(call, *args, context=self._context)

    def _tell_news(self, news: list[bytes]) -> None:
        if news:
            self._later(self._protocol.data_received, b"".join(news))

    def _begin(self, data: bytes) -> None:
        code = struct.unpack_from("!i", data, 4)[0]
        if code == _CANCEL_REQUEST:
            self._cancel_other(struct.unpack_from("!i", data, 8)[0])
            return
        self.session = self._parking.sessions.lend()
        parameters = {**_PARAMETERS, "server_version": self._parking.sessions.version}
        answer = packet(b"R", struct.pack("!i", 0))
        for name, value in parameters.items():
            answer += packet(b"S", f"{name}\0{value}\0".encode())
        answer += packet(b"K", struct.pack("!ii", self.session.pid, 0)) + packet(b"Z", b"I")
        self._later(self._protocol.data_received, answer)

    def _cancel_other(self, pid: int) -> None:
        for other in self.process.transports if self.process else ():
            if other.session is not None and other.session.pid == pid and other.waits_for_lock:
                self._parking.sessions.cancel(other.session)
                self._parking.released()
        self.abort()

    def _read(self, data: bytes) -> tuple[str, bytes, bool, bytes]:
        """The SQL in some messages, its values, whether it runs, and the last message's type."""
        at, sql, values, runs, kind = 0, "", b"", False, b""
        while at < len(data):
            kind = data[at : at + 1]
            end = at + 1 + struct.unpack_from("!i", data, at + 1)[0]
            body = data[at + 5 : end]
            if kind == b"Q":
                sql, runs = body[:-1].decode(), True
            elif kind == b"P":
                name, text, _ = body.split(b"\0", 2)
                self._sql[name] = sql = text.decode()
            elif kind == b"B":
                _portal, name, bound = body.split(b"\0", 2)
                sql, values, runs = self._sql.get(name, "?"), values + bound, True
            at = end
        return sql, values, runs, kind

    def _note(self, sql: str, runs: bool) -> None:
        if runs and _NOTIFIES.search(sql):
            self.notifies = True
        if runs and sql.lstrip().upper().startswith("LISTEN"):
            self.listens = True


def _first(data: bytes) -> bytes:
    """The first of some messages."""
    return data[: 1 + int(struct.unpack_from("!i", data, 1)[0])]


def _shape(data: bytes) -> bytes:
    """Text and types of the statement that the first message prepares, without the name it gets."""
    return _first(data)[5:].split(b"\0", 1)[1]
