"""Streams as tests look at them."""

import asyncio
import json
from typing import Any, NamedTuple

import httpx2

from joust_contracts.events import Event, EventData
from joust_gateway.resources import Resources
from joust_gateway.streams.running import RunningStreams
from joust_kit.testing.component import ServiceUnderTest
from services.gateway.tests.fakes import FakeServices
from services.gateway.tests.samples import NOW, new_id


class Seen(NamedTuple):
    """An event that a client got."""

    name: str
    id: str
    data: Any


def events_of(answer: httpx2.Response) -> list[Seen]:
    seen = []
    for block in answer.text.split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
        if "event" in lines:
            seen.append(Seen(lines["event"], lines["id"], json.loads(lines["data"])))
    return seen


def resources_of(gateway: ServiceUnderTest) -> Resources:
    resources: Resources = gateway.app.state.resources
    return resources


def streams_of(gateway: ServiceUnderTest) -> RunningStreams:
    return resources_of(gateway).running


async def tell_event(gateway: ServiceUnderTest, data: EventData) -> None:
    await resources_of(gateway).hub.tell(Event[EventData].of(data, id=new_id(), time=NOW))


async def asked_times(services: FakeServices, service: str, times: int) -> None:
    """Wait until a service was asked so often."""
    async with asyncio.timeout(5):
        while len(services.asked_of(service)) < times:
            await asyncio.sleep(0.005)


async def open_times(gateway: ServiceUnderTest, count: int) -> None:
    """Wait until so many streams are open."""
    async with asyncio.timeout(5):
        while streams_of(gateway).count != count:
            await asyncio.sleep(0.005)


async def all_closed(gateway: ServiceUnderTest) -> None:
    """Wait until nothing is left of the streams that were open."""
    resources = resources_of(gateway)
    async with asyncio.timeout(5):
        while resources.running.count or resources.watches.count or resources.hub.open_count:
            await asyncio.sleep(0.005)
