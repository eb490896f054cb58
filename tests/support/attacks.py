"""Attacks on what a gateway has, each from a process of its own: ``python -m tests.support.attacks NAME``.

The attackers have a low priority, as if they had machines of their own: they take from the processor what is left,
so that others wait for what the gateway does about the attack, and not for its authors. What is
to be attacked comes as JSON on standard input; what the attackers saw goes as JSON to standard output.
"""

import asyncio
import gzip
import json
import os
import resource
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass

GIGABYTE = 10**9
_PART = b"x" * 65_536
_DEEP = b"[" * 10_000 + b"]" * 10_000
_DIGITS = b"9" * 1_000_000
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_WORST_SEARCH = " ".join(f'"{letter} {letter}" -{letter} or' for letter in _LETTERS * 2)[:500]
_JSON = {"Content-Type": "application/json"}
_SECONDS_TO_STAY = 1
_NICENESS = 10
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass(frozen=True)
class Target:
    """A gateway, keys to come with, and a task that is open."""

    port: int
    keys: Sequence[str]
    task_id: str
    size: int
    """Connections of an attack that is as large as one likes."""


@dataclass(frozen=True)
class Seen:
    """What the attackers saw."""

    statuses: dict[int, int]
    """How often each; 0 stands for a connection that was closed without an answer."""
    most_sent_bytes: int = 0
    longest_seconds: float = 0


async def _ask(
    target: Target,
    method: str,
    path: str,
    body: bytes = b"",
    headers: Mapping[str, str] = _JSON,
    *,
    number: int = 0,
) -> int:
    """The status of an answer, of which nothing else is read."""
    async with _connected(target) as (reader, writer):
        writer.write(_head(target, method, path, {**headers, "Content-Length": str(len(body))}, number))
        writer.write(body)
        return await _status(reader)


@asynccontextmanager
async def _connected(target: Target) -> AsyncIterator[Streams]:
    reader, writer = await asyncio.open_connection("127.0.0.1", target.port)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


def _head(target: Target, method: str, path: str, headers: Mapping[str, str], number: int = 0) -> bytes:
    own = {"Host": "x", "Authorization": target.keys[number % len(target.keys)], **headers}
    fields = "".join(f"{name}: {value}\r\n" for name, value in own.items())
    return f"{method} {path} HTTP/1.1\r\n{fields}\r\n".encode()


async def _status(reader: asyncio.StreamReader) -> int:
    try:
        return int((await reader.readuntil(b"\r\n")).split()[1])
    except (ConnectionError, asyncio.IncompleteReadError):
        return 0


async def _all(asking: Iterator[Awaitable[int]]) -> Seen:
    return Seen(_counts(await asyncio.gather(*asking)))


def _counts(statuses: Iterable[int]) -> dict[int, int]:
    return dict(Counter(statuses))


async def gigabytes(target: Target) -> Seen:
    """Bodies of a gigabyte that nobody announced, as JSON and as an artifact."""

    async def send(path: str, content_type: str) -> tuple[int, int]:
        headers = {"Content-Type": content_type, "Transfer-Encoding": "chunked"}
        async with _connected(target) as (reader, writer):
            writer.write(_head(target, "POST", path, headers))
            answer = asyncio.create_task(_status(reader))
            sent = 0
            with suppress(ConnectionError):
                while sent < GIGABYTE:
                    writer.write(b"%x\r\n%b\r\n" % (len(_PART), _PART))
                    await writer.drain()
                    sent += len(_PART)
            return await answer, sent

    tasks = [send("/api/v1/tasks", "application/json") for _ in range(20)]
    artifacts = [send(f"/api/v1/tasks/{target.task_id}/preflight", "application/octet-stream")]
    came = await asyncio.gather(*tasks, *artifacts)
    return Seen(_counts(status for status, _ in came), most_sent_bytes=max(sent for _, sent in came))


async def bombs(target: Target) -> Seen:
    """Small bodies that would unpack to a hundred megabytes."""
    packed = gzip.compress(b"[" * 100_000_000, compresslevel=1)
    headers = {**_JSON, "Content-Encoding": "gzip"}
    return await _all(_ask(target, "POST", "/api/v1/tasks", packed, headers) for _ in range(20))


async def tangles(target: Target) -> Seen:
    """JSON ten thousand deep, and numbers of a million digits."""
    bodies = (_DEEP, b'{"title": ' + _DIGITS + b"}")
    tasks = [_ask(target, "POST", "/api/v1/tasks", body) for body in bodies for _ in range(4)]
    values = [
        _ask(target, "PUT", f"/api/v1/workspace/kv/{number}", b'{"value": ' + body + b"}")
        for number, body in enumerate((_DEEP, _DIGITS) * 4)
    ]
    return await _all(iter([*tasks, *values]))


async def crowds(target: Target) -> Seen:
    """JSON of as many lists or objects as fit, and values as dense as they may be."""
    lists, objects = b"[" + b"[]," * 600_000 + b"[]]", b'{"a":' + b'{"":{},"":' * 200_000
    bodies = [b'{"criteria": ' + lists + b"}", lists, objects] * 3
    tasks = [_ask(target, "POST", "/api/v1/tasks", body) for body in bodies]
    dense = (b"[" + b"[]," * 300_000 + b"[]]", lists)
    values = [
        _ask(target, "PUT", f"/api/v1/workspace/kv/{number}", b'{"value": ' + body + b"}")
        for number, body in enumerate(dense * 4)
    ]
    seen = await asyncio.gather(*tasks, *values)
    alone = await _ask(target, "PUT", "/api/v1/workspace/kv/alone", b'{"value": ' + dense[0] + b"}")
    return Seen(_counts([*seen, alone]))


async def slow_heads(target: Target) -> Seen:
    """Connections that send a byte of a head now and then."""

    async def trickle() -> float:
        began = time.monotonic()
        async with _connected(target) as (reader, writer):
            with suppress(ConnectionError):
                writer.write(b"GET /livez HTTP/1.1\r\nX-Slow: ")
                while not reader.at_eof():
                    writer.write(b"x")
                    await writer.drain()
                    with suppress(TimeoutError):
                        await asyncio.wait_for(reader.read(1), 0.5)
        return time.monotonic() - began

    lasted = await asyncio.gather(*(trickle() for _ in range(target.size)))
    return Seen({0: len(lasted)}, longest_seconds=max(lasted))


async def streams(target: Target) -> Seen:
    """Streams that stay open, from all keys in turn; all come at once."""
    arrived = asyncio.Event()
    statuses: Counter[int] = Counter()

    async def come(number: int) -> None:
        path = f"/api/v1/tasks/{target.task_id}/leaderboard/stream"
        try:
            async with _connected(target) as (reader, writer):
                writer.write(_head(target, "GET", path, {}, number))
                statuses[await _status(reader)] += 1
                if statuses.total() == target.size:
                    arrived.set()
                await arrived.wait()
                await asyncio.sleep(_SECONDS_TO_STAY)
        except ConnectionError:
            statuses[0] += 1

    await asyncio.gather(*(come(number) for number in range(target.size)))
    return Seen(dict(statuses))


async def searches(target: Target) -> Seen:
    """Searches for everything and nothing."""
    path = f"/api/v1/search/tasks?query={_WORST_SEARCH.replace(' ', '%20').replace(chr(34), '%22')}"
    return await _all(_ask(target, "GET", path) for _ in range(100))


ATTACKS: dict[str, Callable[[Target], Awaitable[Seen]]] = {
    attack.__name__: attack for attack in (gigabytes, bombs, tangles, crowds, slow_heads, streams, searches)
}


async def run(name: str, target: Target) -> Seen:
    """Attack from another process. Raises if it failed by itself."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", __name__, name, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await process.communicate(json.dumps(asdict(target)).encode())
    if process.returncode != 0:
        raise RuntimeError(f"the attack {name} failed by itself")
    seen = json.loads(said)
    return Seen(**{**seen, "statuses": {int(status): count for status, count in seen["statuses"].items()}})


def _main() -> None:
    os.nice(_NICENESS)
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    target = Target(**json.loads(sys.stdin.read()))
    print(json.dumps(asdict(asyncio.run(_run(sys.argv[1], target)))))


async def _run(name: str, target: Target) -> Seen:
    return await ATTACKS[name](target)


if __name__ == "__main__":
    _main()
