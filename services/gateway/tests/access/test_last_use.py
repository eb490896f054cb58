"""When a key was used is written now and then, and nobody waits for it."""

import asyncio
from datetime import timedelta
from typing import Any

from joust_gateway.access.last_use import PAUSE, LastUses
from joust_kit.testing.component import ServiceUnderTest
from services.gateway.tests.samples import Party
from tests.support.arena import eventually


async def last_used(party: Party) -> Any:
    return (await party.ask("GET", "/api/api-keys")).json()["data"][-1]["last_used_at"]


async def written_use(party: Party, since: str = "") -> str:
    """The last use after ``since``, once it is written: the gateway's own writer may be about it just now."""

    async def written() -> bool:
        found.append(await last_used(party))
        return (found[-1] or "") > since

    found: list[str | None] = []
    await eventually(written)
    return found[-1] or ""


async def test_the_last_use_of_a_key_is_seen_in_the_list(gateway: ServiceUnderTest, poster: Party) -> None:
    await last_used(poster)
    await gateway.app.state.resources.last_uses.write()
    assert await written_use(poster)


async def test_it_is_written_at_most_once_a_minute(gateway: ServiceUnderTest, poster: Party) -> None:
    uses: LastUses = gateway.app.state.resources.last_uses
    await last_used(poster)
    await uses.write()
    first = await written_use(poster)
    await uses.write()
    assert await last_used(poster) == first
    with gateway.clock.ahead(PAUSE + timedelta(seconds=1)):
        await last_used(poster)
        await uses.write()
        assert await written_use(poster, since=first) > first


async def test_two_gateways_that_write_the_same_keys_do_not_block_each_other(
    gateway: ServiceUnderTest, poster: Party, agent: Party
) -> None:
    keys = [(await party.ask("GET", "/api/api-keys")).json()["data"][0]["id"] for party in (poster, agent)]
    writers = [LastUses(gateway.database, 0.01) for _ in range(4)]
    for number, writer in enumerate(writers):
        for key in keys if number % 2 else reversed(keys):
            writer.note(key, None)
    await asyncio.gather(*(writer.write() for writer in writers))
    assert await last_used(poster) is not None


async def test_uses_that_could_not_be_written_are_kept(gateway: ServiceUnderTest, poster: Party) -> None:
    key = (await poster.ask("GET", "/api/api-keys")).json()["data"][0]["id"]
    uses = LastUses(gateway.database, 0.01)
    uses.note(key, None)
    broken, gateway.database.transaction = gateway.database.transaction, _broken  # type: ignore[method-assign]
    try:
        for _ in range(2):
            try:
                await uses.write()
            except OSError:
                continue
    finally:
        gateway.database.transaction = broken  # type: ignore[method-assign]
    await uses.write()
    assert await last_used(poster) is not None


def _broken() -> Any:
    raise OSError("the database is away")
