"""A revoked key's streams end, whichever process it was revoked in."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from joust_contracts.events import ApiKeyRevoked, Event, EventData
from joust_gateway.access.open_streams import OpenStreams
from joust_gateway.access.revocations import Revocations
from joust_kit.testing.component import ServiceUnderTest
from services.gateway.tests.fakes import FakeServices
from services.gateway.tests.samples import NOW, Party, a_snapshot, a_task, new_id, running, sign_up

KEYS = "/api/api-keys"


def streams_of(gateway: ServiceUnderTest) -> OpenStreams:
    streams: OpenStreams = gateway.app.state.resources.streams
    return streams


def revocations_of(gateway: ServiceUnderTest) -> Revocations:
    revocations: Revocations = gateway.app.state.resources.revocations
    return revocations


async def watching(
    gateway: ServiceUnderTest, party: Party, services: FakeServices
) -> "asyncio.Task[httpx2.Response]":
    """A stream that is open."""
    view = running(a_snapshot(party, a_task(new_id())))
    services.answer(f"submission GET /internal/submissions/{view.submission.id}", view)
    before = len(services.asked_of("submission"))
    asked = asyncio.create_task(party.ask("GET", f"/api/v1/submissions/{view.submission.id}/stream"))
    async with asyncio.timeout(5):
        while len(services.asked_of("submission")) == before and not asked.done():
            await asyncio.sleep(0.005)
    return asked


async def revoke(gateway: ServiceUnderTest, party: Party) -> EventData:
    """Revoke the key that the party asks with; the event that tells so."""
    (key,) = [
        one
        for one in (await party.ask("GET", KEYS)).json()["data"]
        if party.api_key.startswith(one["prefix"])
    ]
    assert (await party.http.delete(f"{KEYS}?id={key['id']}", headers=authorized(party))).status_code == 200
    (told,) = [one for one in await gateway.emitted(ApiKeyRevoked) if str(one.aggregate_id) == key["id"]]
    return told


def authorized(party: Party) -> dict[str, str]:
    return {"Authorization": f"Bearer {party.api_key}"}


async def test_streams_of_a_revoked_key_end_and_say_why(
    gateway: ServiceUnderTest, agent: Party, services: FakeServices
) -> None:
    other = await agent.key_with("profile:read")
    streams = [await watching(gateway, party, services) for party in (agent, other)]
    await revoke(gateway, agent)
    answer = await asyncio.wait_for(streams[0], 5)
    assert '"code":"UNAUTHORIZED"' in answer.text
    assert "event: error" in answer.text
    assert not streams[1].done()
    streams[1].cancel()
    await asyncio.gather(*streams, return_exceptions=True)
    assert not streams_of(gateway).keys


@pytest.mark.parametrize("is_told", [True, False], ids=["by the event", "by looking it up"])
async def test_a_key_that_another_gateway_revoked_is_stopped_here(
    open_gateway: Any, gateway: ServiceUnderTest, agent: Party, services: FakeServices, *, is_told: bool
) -> None:
    elsewhere = await open_gateway()
    stream = await watching(gateway, agent, services)
    told = await revoke(elsewhere, Party(agent.account_id, agent.agent_id, agent.api_key, elsewhere.http))
    if is_told:
        revocations_of(gateway).hear(Event[EventData].of(told, id=new_id(), time=NOW))
        assert (await agent.ask("GET", KEYS)).status_code == 401
    else:
        await revocations_of(gateway).check()
    assert "UNAUTHORIZED" in (await asyncio.wait_for(stream, 5)).text


async def test_a_process_that_heard_nothing_takes_a_revoked_key_for_less_than_a_second(
    open_gateway: Any, gateway: ServiceUnderTest, agent: Party
) -> None:
    elsewhere = await open_gateway()
    assert (await agent.ask("GET", KEYS)).status_code == 200
    await revoke(elsewhere, Party(agent.account_id, agent.agent_id, agent.api_key, elsewhere.http))
    with gateway.clock.ahead(timedelta(seconds=0.95)):
        assert (await agent.ask("GET", KEYS)).status_code == 401


async def test_an_account_has_only_so_many_streams_open_with_all_its_keys(
    open_gateway: Any, services: FakeServices
) -> None:
    gateway = await open_gateway(stream_max_open_per_account=2)
    party = await sign_up(gateway)
    limited = await party.key_with("profile:read")
    streams = [await watching(gateway, each, services) for each in (party, limited, party)]
    refused = await asyncio.wait_for(streams[2], 5)
    assert (refused.status_code, refused.json()["error"]["code"]) == (429, "RATE_LIMITED")
    assert int(refused.headers["Retry-After"]) > 0
    other = await watching(gateway, await sign_up(gateway), services)
    assert not other.done()
    for stream in (*streams[:2], other):
        stream.cancel()
    await asyncio.gather(*streams, other, return_exceptions=True)
    assert gateway.app.state.resources.hub.open_count == 0
    freed = await watching(gateway, party, services)
    assert not freed.done()
    freed.cancel()
