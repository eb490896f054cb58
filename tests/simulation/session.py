"""Real connections to PostgreSQL that outlive the processes which use them.

A simulated process connects in no time: it is lent an open session that is as good as new. When it dies, the
session is rolled back and cleaned, which for the server is the same as a lost connection, and lent again.
"""

import asyncio
import os
import select
import socket
import struct
from collections.abc import Iterator
from typing import Any

import asyncpg

_PATIENCE_SECONDS = 30.0
_LENGTH = struct.Struct("!i")

Rows = list[tuple[str | None, ...]]


class ServerSilent(Exception):
    """PostgreSQL did not answer, though nothing of ours held it up."""


class Session:
    """One backend of the server, spoken to in the protocol's own messages, without an event loop."""

    def __init__(self, sock: socket.socket, pid: int) -> None:
        self._socket = sock
        self.pid = pid
        self.in_transaction = False
        self.clock = ""
        """What this session was last told the time is."""
        self._rest = b""

    def send(self, data: bytes) -> None:
        """Put messages on the wire."""
        self._socket.sendall(data)

    def has_answer(self, seconds: float) -> bool:
        """True if something can be read within ``seconds``."""
        return bool(self._rest) or bool(select.select([self._socket], [], [], seconds)[0])

    def receive(self) -> list[tuple[bytes, bytes]]:
        """Messages, as (type, whole message), up to and with ReadyForQuery."""
        messages: list[tuple[bytes, bytes]] = []
        while True:
            for kind, message in self._complete():
                messages.append((kind, message))
                if kind == b"Z":
                    self.in_transaction = message[5:6] != b"I"
                    return messages
            if not self.has_answer(_PATIENCE_SECONDS):
                raise ServerSilent(f"backend {self.pid}")
            if not (came := self._socket.recv(1 << 18)):
                raise ServerSilent(f"backend {self.pid} is gone")
            self._rest += came

    def _complete(self) -> Iterator[tuple[bytes, bytes]]:
        while len(self._rest) >= 5:
            end = 1 + _LENGTH.unpack_from(self._rest, 1)[0]
            if len(self._rest) < end:
                return
            message, self._rest = self._rest[:end], self._rest[end:]
            yield message[:1], message

    def query(self, sql: str) -> Rows:
        """Run SQL in the simple protocol; values as text. Raises ``RuntimeError`` with what the server says."""
        self.send(simple_query(sql))
        return [_values(message) for kind, message in self._without_error(sql) if kind == b"D"]

    def describe(self, shape: bytes) -> bytes:
        """What the server says to a statement that is prepared: ``shape`` is its text and its types.

        Raises ``RuntimeError`` with what the server says.
        """
        self.send(packet(b"P", b"\0" + shape) + packet(b"D", b"S\0") + packet(b"S", b""))
        return b"".join(data for kind, data in self._without_error(shape.decode()) if kind != b"Z")

    def _without_error(self, sql: str) -> list[tuple[bytes, bytes]]:
        messages = self.receive()
        for kind, data in messages:
            if kind == b"E":
                error = data[5:].decode(errors="replace").replace("\0", " ")
                raise RuntimeError(f"{error} in {sql[:200]}")
        return messages

    def clean(self) -> None:
        """Make it as good as new: nothing of a transaction, a lock or a prepared statement remains."""
        if self.in_transaction:
            self.query("ROLLBACK")
        self.query("DISCARD ALL")
        self.clock = ""


class Sessions:
    """All sessions of one database, those that are lent and those that are free."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._free: list[Session] = []
        self.admin = self._open(1)[0]
        """For the simulation itself."""
        self._described: dict[bytes, bytes] = {}
        self.version = str(self.admin.query("SHOW server_version")[0][0])

    def lend(self) -> Session:
        """A session that is as good as new."""
        if not self._free:
            self._free = self._open(20)
        return self._free.pop()

    def give_back(self, session: Session) -> None:
        """Take a session from whoever died or closed it. It must not be busy."""
        session.clean()
        self._free.append(session)

    def describe(self, shape: bytes) -> bytes:
        """What the server says to a statement that is prepared: it is always the same, and asked for once."""
        if shape not in self._described:
            self._described[shape] = self.admin.describe(shape)
        return self._described[shape]

    def blockers(self, session: Session) -> set[int]:
        """Pids of those that hold the lock for which the session's statement waits."""
        [[found]] = self.admin.query(f"SELECT array_to_string(pg_blocking_pids({session.pid}), ' ')")
        return {int(pid) for pid in (found or "").split()}

    def cancel(self, session: Session) -> None:
        """Cancel what the session runs, and wait until it says so."""
        self.admin.query(f"SELECT pg_cancel_backend({session.pid})")
        if not session.has_answer(_PATIENCE_SECONDS):
            raise ServerSilent(f"backend {session.pid} was cancelled")

    def _open(self, count: int) -> list[Session]:
        async def connect() -> list[Session]:
            return [_take_over(await asyncpg.connect(self._dsn, ssl=False)) for _ in range(count)]

        running = asyncio._get_running_loop()
        asyncio._set_running_loop(None)
        try:
            with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
                return runner.run(connect())
        finally:
            asyncio._set_running_loop(running)


def _take_over(connection: Any) -> Session:
    """asyncpg has done the handshake; from now on the socket is ours."""
    sock = socket.socket(fileno=os.dup(connection._transport.get_extra_info("socket").fileno()))
    sock.setblocking(True)
    session = Session(sock, connection.get_server_pid())
    # Not ``terminate``, which would tell the server that we go.
    connection._transport.abort()
    return session


def packet(kind: bytes, content: bytes) -> bytes:
    """A message of the protocol."""
    return kind + _LENGTH.pack(len(content) + 4) + content


def simple_query(sql: str) -> bytes:
    """The message of the simple protocol."""
    return packet(b"Q", sql.encode() + b"\0")


def _values(message: bytes) -> tuple[str | None, ...]:
    count = struct.unpack_from("!h", message, 5)[0]
    values: list[str | None] = []
    at = 7
    for _ in range(count):
        length = _LENGTH.unpack_from(message, at)[0]
        at += 4
        values.append(None if length < 0 else message[at : at + length].decode())
        at += max(length, 0)
    return tuple(values)
