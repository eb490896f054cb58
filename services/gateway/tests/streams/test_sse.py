"""The form of server-sent events, and streams whose reader is slow or gone."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from joust_gateway.access.caller import Caller
from joust_gateway.access.open_streams import OpenStreams
from joust_gateway.settings import GatewaySettings
from joust_gateway.streams.event_stream import EventStream
from joust_gateway.streams.hub import Hub
from joust_gateway.streams.running import RunningStreams
from joust_gateway.streams.sse import frame, read_position, with_fields
from joust_gateway.streams.views import Single
from joust_gateway.streams.watches import Patience, State, Watches
from joust_kit.identity import Actor
from services.gateway.tests.samples import new_id

SCOPE = {"type": "http", "method": "GET", "path": "/", "headers": [], "asgi": {"spec_version": "2.3"}}
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


class Reader:
    """The other end of a connection: takes some messages, then no more, or goes away."""

    def __init__(self, *, takes: int = 1000, leaves: bool = False) -> None:
        self.got: list[bytes] = []
        self._takes = takes
        self._leaves = leaves

    async def send(self, message: Any) -> None:
        if message["type"] != "http.response.body":
            return
        if len(self.got) >= self._takes:
            await asyncio.Event().wait()
        self.got.append(message["body"])

    async def receive(self) -> Any:
        if self._leaves:
            while not self.got:
                await asyncio.sleep(0.001)
            return {"type": "http.disconnect"}
        return await asyncio.Event().wait()


class Source:
    """A subject whose version a test sets, and streams of it."""

    def __init__(self, **settings: float) -> None:
        self.version = 1
        self.subject = new_id()
        self.hub = Hub(1000)
        self.watches = Watches(self.hub, Patience(60, 1, 1), lambda: datetime.now(UTC))
        chosen = GatewaySettings.model_construct(
            stream_heartbeat_seconds=60,
            stream_max_seconds=60,
            stream_max_open=10,
            stream_max_open_per_account=10,
        )
        self.streams = RunningStreams(chosen.model_copy(update=settings), lambda: NOON)
        self.places = OpenStreams(10)

    async def read(self) -> State:
        return State(self.version, b'{"version":%d}' % self.version)

    async def open(self) -> EventStream:
        watch = self.watches.hold("key", self.subject, self.read)
        await watch.present()
        view = Single("news", watch)
        caller = Caller(Actor(new_id(), new_id(), "Ada"), new_id(), frozenset())
        place = self.places.admit(caller, lambda: None)
        return self.streams.begin(view, place, None, lambda: self.watches.release(watch))

    async def show(self, version: int) -> None:
        self.version = version
        for listener in self.hub._listeners[self.subject]:
            listener.wake()
        async with asyncio.timeout(5):
            while True:
                watch = self.watches._watches["key"]
                if watch.state is not None and watch.state.version == version:
                    return
                await asyncio.sleep(0.005)


async def test_a_stream_ends_when_its_reader_leaves() -> None:
    source, reader = Source(), Reader(leaves=True)
    stream = await source.open()
    await asyncio.wait_for(stream(SCOPE, reader.receive, reader.send), 2)
    assert b"news" in reader.got[0]
    assert source.streams.count == 0
    await asyncio.sleep(0)
    assert source.watches.count == 0


async def test_a_reader_that_takes_nothing_holds_up_nobody_and_is_cut_off() -> None:
    source = Source(stream_send_timeout_seconds=0.3)
    ticking = asyncio.create_task(source.streams.run())
    slow, quick = Reader(takes=1), Reader()
    streams = [await source.open(), await source.open()]
    running = [
        asyncio.create_task(stream(SCOPE, reader.receive, reader.send))
        for stream, reader in zip(streams, (slow, quick), strict=True)
    ]
    for version in range(2, 6):
        await source.show(version)
    await asyncio.wait_for(running[0], 2)
    assert source.streams.count == 1
    assert len(slow.got) == 1
    assert b"".join(quick.got).count(b"event: news") == 5
    source.streams.close()
    await asyncio.wait_for(running[1], 2)
    ticking.cancel()


async def test_a_slow_reader_gets_the_newest_state_and_not_those_that_were_replaced() -> None:
    source = Source()
    stream = await source.open()
    going_on = asyncio.Event()
    got: list[bytes] = []

    async def send(message: Any) -> None:
        if message["type"] == "http.response.body":
            got.append(message["body"])
            if len(got) == 2:
                await going_on.wait()

    running = asyncio.create_task(stream(SCOPE, Reader().receive, send))
    for version in range(2, 9):
        await source.show(version)
    going_on.set()
    async with asyncio.timeout(2):
        while len(got) < 3:
            await asyncio.sleep(0.005)
    assert [body.partition(b"id: ")[2][:1] for body in got] == [b"1", b"2", b"8"]
    source.streams.close()
    await asyncio.wait_for(running, 2)


async def test_a_quiet_stream_beats_and_one_that_is_never_sent_is_forgotten() -> None:
    source = Source(stream_heartbeat_seconds=0.04, stream_max_seconds=0.4)
    ticking = asyncio.create_task(source.streams.run())
    reader = Reader()
    await source.open()
    stream = await source.open()
    await asyncio.wait_for(stream(SCOPE, reader.receive, reader.send), 2)
    assert b"".join(reader.got).count(b": still here\n\n") >= 3
    async with asyncio.timeout(2):
        while source.streams.count:
            await asyncio.sleep(0.005)
    ticking.cancel()


async def test_what_is_told_at_one_moment_is_encoded_once() -> None:
    state = State(4, b'{"a": 1}')
    assert state.frame("news", NOON) is state.frame("news", NOON)


def test_a_frame_has_name_id_and_data() -> None:
    assert frame("submission", b'{"a": 1}', (4, 2)) == b'event: submission\nid: 4.2\ndata: {"a": 1}\n\n'


def test_the_time_of_sending_is_added_to_an_object() -> None:
    assert with_fields(b'{"a":1}', NOON) == b'{"a":1,"server_time":"2026-11-22T12:00:00.000Z"}'


@pytest.mark.parametrize(
    ("text", "length", "position"),
    [
        ("4", 1, (4,)),
        ("4.2", 2, (4, 2)),
        *((wrong, 1, None) for wrong in (None, "", "4.2", "-4", "4 ", "٤", "1e3", "9" * 16)),
    ],
)
def test_only_what_was_an_id_is_read_as_one(text: str | None, length: int, position: Any) -> None:
    assert read_position(text, length) == position
