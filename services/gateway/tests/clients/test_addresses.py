"""A service in several processes: one that is down or stops costs its callers nothing."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pytest
from pydantic import ValidationError

from joust_contracts.internal.wallets import BalanceView
from joust_contracts.services import ServiceName
from joust_embedded.ports import any_free
from joust_gateway.access.caller import Caller
from joust_gateway.clients.call import Call
from joust_gateway.clients.transport import Transport, open_session
from joust_gateway.settings import GatewaySettings
from joust_kit.errors import Unavailable
from joust_kit.identity import Actor, ActorSigner, new_key_pair

BALANCE = BalanceView(available_cents=7, held_cents=1, currency="usd")
SERVICES = ("task", "submission", "evaluation", "ranking", "wallet", "webhook")


@dataclass
class Process:
    """Answers with a balance, or closes the connections on as many requests as it is told."""

    port: int = 0
    hangs_up: int = 0
    asked: list[str] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        self.asked.append(head)
        if self.hangs_up:
            self.hangs_up -= 1
        else:
            body = BALANCE.model_dump_json().encode()
            head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
            writer.write(head.encode() + body)
            await writer.drain()
        writer.close()


@asynccontextmanager
async def running(**given: int) -> AsyncIterator[Process]:
    process = Process(**given)
    server = await asyncio.start_server(process.serve, "127.0.0.1", 0)
    process.port = server.sockets[0].getsockname()[1]
    async with server:
        yield process


@asynccontextmanager
async def asking(*ports: int) -> AsyncIterator[Transport]:
    urls = ",".join(f"http://127.0.0.1:{port}" for port in ports)
    settings = settings_with(urls)
    async with open_session(settings) as session:
        signer = ActorSigner(new_key_pair()[0])
        yield Transport(session, ServiceName.WALLET, settings.url_of(ServiceName.WALLET), signer)


def settings_with(wallet_url: str) -> GatewaySettings:
    values: dict[str, Any] = {f"{service}_url": "http://127.0.0.1:1" for service in SERVICES}
    return GatewaySettings(
        **{**values, "wallet_url": wallet_url},
        actor_private_key=new_key_pair()[0],
        database_url="postgresql+asyncpg://joust@127.0.0.1:1/joust",
        kafka_bootstrap_servers="127.0.0.1:1",
    )


def a_call(key: str | None = None) -> Call:
    return Call(Caller(Actor(uuid4(), uuid4(), "Ada"), uuid4(), frozenset()), "c", key)


async def test_connections_go_to_all_processes() -> None:
    async with running() as one, running() as other, asking(one.port, other.port) as transport:
        for _ in range(6):
            assert await transport.get(a_call(), "/balance", BalanceView) == BALANCE
        assert len(one.asked) == len(other.asked) == 3


@pytest.mark.parametrize("first", [True, False])
async def test_a_process_that_is_down_is_passed_over(first: bool) -> None:
    (nobody,) = any_free("127.0.0.1", 1)
    async with running() as one, asking(*([nobody, one.port] if first else [one.port, nobody])) as transport:
        for _ in range(3):
            assert await transport.post(a_call(), "/x", BalanceView) == BALANCE
    assert len(one.asked) == 3, "whoever was not connected was sent nothing"


async def test_a_request_with_a_key_on_which_a_process_hangs_up_is_sent_once_more() -> None:
    async with running(hangs_up=1) as one, asking(one.port) as transport:
        assert await transport.post(a_call("k1"), "/x", BalanceView) == BALANCE
    assert ["k1" in each for each in one.asked] == [True, True]


async def test_a_request_without_a_key_is_sent_once() -> None:
    async with running(hangs_up=1) as one, asking(one.port) as transport:
        with pytest.raises(Unavailable):
            await transport.post(a_call(), "/x", BalanceView)
    assert len(one.asked) == 1


async def test_nobody_is_asked_a_third_time() -> None:
    async with running(hangs_up=3) as one, asking(one.port) as transport:
        with pytest.raises(Unavailable):
            await transport.post(a_call("k1"), "/x", BalanceView)
    assert len(one.asked) == 2


@pytest.mark.parametrize(
    "urls", ["", "http://a:1,", "http://a:1,https://b:2", "http://a:1/x,http://b:2", "ftp://a"]
)
def test_addresses_that_cannot_be_are_refused_at_the_start(urls: str) -> None:
    with pytest.raises(ValidationError):
        settings_with(urls)
