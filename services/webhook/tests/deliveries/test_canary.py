"""A canary on the own machine, and every way to write its address: nothing ever connects to it.

A URL is refused when it is registered. Here it is sent to all the same, as if it had got past that, and the
machine's resolver answers every name with the own machine.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from joust_contracts.vocabulary import AttemptError
from joust_kit.targets.urls import BadTarget, check_url
from joust_webhook.deliveries.sender import open_sender

ADDRESSES = [
    *("127.0.0.1", "127.1", "127.0.1", "127.0.0.01", "127.0.0.1.", "127.00.00.1", "127.0.0.0x1", "127.255.1"),
    *("2130706433", "017700000001", "0x7f000001", "0X7F000001", "0x7f.1", "0x7f.0.0.1", "0x7f.0x0.0x0.0x1"),
    *("0177.1", "0177.0.0.1", "00000177.0.0.1", "0177.0.0.01", "127.0.0.1%00", "%31%32%37.0.0.1"),
    *("0", "0.0.0.0", "0x0", "00.00.00.00", "127%2e0%2e0%2e1", "①②⑦.⓪.⓪.①", "127。0。0。1", "１２７.0.0.1"),
    *("[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]"),
    *("[64:ff9b::127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[::1%25lo]", "[::ffff:0:127.0.0.1]"),
    *("localhost", "LOCALHOST", "localhost.", "foo.localhost", "localhost.localdomain", "ip6-localhost"),
    *("rebound.example.com", "xn--bcher-kva.example", "127.0.0.1.nip.io", "a.b.c.d.example.com", "localhoſt"),
    *(
        "example.com@127.0.0.1",
        "user:password@localhost",
        "example.com#@localhost",
        "example.com\\@localhost",
    ),
]
NAMES = {"rebound.example.com", "xn--bcher-kva.example", "127.0.0.1.nip.io", "a.b.c.d.example.com"}
"""They mean something on the internet, so they may be registered; what they lead to is found when connecting."""
URLS = [f"{scheme}://{host}:{{port}}/" for host in ADDRESSES for scheme in ("https", "http")]


@dataclass
class Canary:
    """A listener that nobody may reach."""

    port: int = 0
    connections: int = 0
    received: bytearray = field(default_factory=bytearray)

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.received += await reader.read(100)
        writer.close()


@pytest.fixture
async def canary() -> AsyncIterator[Canary]:
    canary = Canary()
    async with await asyncio.start_server(canary.talk, "127.0.0.1", 0) as server:
        canary.port = server.sockets[0].getsockname()[1]
        yield canary


def answered(address: str, port: int) -> tuple[Any, ...]:
    if ":" in address:
        return socket.AF_INET6, socket.SOCK_STREAM, 6, "", (address, port, 0, 0)
    return socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)


def answer_in_turn(monkeypatch: pytest.MonkeyPatch, answers: Iterator[list[str]]) -> None:
    """Have the machine's resolver answer whatever it is asked with the next of ``answers``."""

    def resolve(_host: Any, port: Any, *_rest: Any, **_options: Any) -> Any:
        return [answered(address, int(port)) for address in next(answers)]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)


def test_there_are_more_than_eighty_forms() -> None:
    assert len(set(URLS)) == len(URLS) >= 80


async def test_no_form_of_the_own_machine_reaches_the_canary(
    canary: Canary, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer_in_turn(monkeypatch, iter(lambda: ["127.0.0.1", "::1"], None))
    async with open_sender(timeout_seconds=2, allow_insecure=False) as sender:
        for url in URLS:
            answer = await sender.send(url.format(port=canary.port), "secret", {"webhook-id": "msg_1"})
            assert (answer.status, answer.error is None) == (None, False), url
            assert (canary.connections, canary.received) == (0, b""), url


@pytest.mark.parametrize("host", ADDRESSES)
def test_none_but_a_name_of_the_internet_may_be_registered(host: str) -> None:
    if host in NAMES:
        check_url(f"https://{host}:8443/", allow_insecure=False)
        return
    with pytest.raises(BadTarget):
        check_url(f"https://{host}:8443/", allow_insecure=False)


INSIDE = [["127.0.0.1"], ["::1"], ["0.0.0.0"], ["::ffff:127.0.0.1"], ["10.0.0.1", "127.0.0.1"], ["::"]]


async def test_a_name_that_changes_its_answer_is_judged_by_the_address_that_is_connected_to(
    canary: Canary, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[str] = []

    async def unreachable(_socket: socket.socket, address: Any) -> None:
        tried.append(address[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(asyncio.get_running_loop(), "sock_connect", unreachable)
    public = "93.184.215.14"
    answer_in_turn(monkeypatch, iter([[public], *INSIDE, [public, "127.0.0.1"]]))
    errors = []
    for _ in range(len(INSIDE) + 2):
        # A sender of its own each time, for one remembers a name for a few seconds.
        async with open_sender(timeout_seconds=2, allow_insecure=False) as sender:
            url = f"https://rebound.example.com:{canary.port}/"
            errors.append((await sender.send(url, "secret", {})).error)
    assert tried == [public, public]
    assert errors[1:-1] == [AttemptError.ADDRESS_NOT_ALLOWED] * len(INSIDE)
    assert errors[0] is AttemptError.CONNECTION_FAILED
    assert canary.connections == 0
