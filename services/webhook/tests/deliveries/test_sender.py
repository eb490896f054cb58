"""The guarded HTTP client against receivers that misbehave."""

import asyncio
import datetime as dt
import gzip
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from joust_contracts.vocabulary import AttemptError
from joust_webhook.deliveries.sender import MAX_ANSWER_BYTES, Sender, open_sender

HEADERS = {"content-type": "application/json", "user-agent": "Joust-Webhooks/1"}


@pytest.fixture
async def sender() -> AsyncIterator[Sender]:
    async with open_sender(timeout_seconds=0.6, allow_insecure=True) as opened:
        yield opened


@pytest.fixture
async def strict_sender() -> AsyncIterator[Sender]:
    async with open_sender(timeout_seconds=2, allow_insecure=False) as opened:
        yield opened


async def raw_server(answer: bytes) -> asyncio.Server:
    """A server that says ``answer`` to whoever connects, and hangs up."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()
        writer.close()

    return await asyncio.start_server(talk, "127.0.0.1", 0)


def url_of(server: asyncio.Server) -> str:
    return f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"


async def test_the_body_and_the_headers_arrive_as_they_are(sender: Sender, receiver: HTTPServer) -> None:
    receiver.expect_request("/hook", method="POST").respond_with_data("thanks", status=202)
    answer = await sender.send(receiver.url_for("/hook"), '{"ü":1}', HEADERS)
    assert (answer.status, answer.error, answer.head) == (202, None, b"thanks")
    assert answer.latency_ms >= 0
    request = receiver.log[0][0]
    assert request.get_data() == '{"ü":1}'.encode()
    assert request.headers["user-agent"] == "Joust-Webhooks/1"
    assert request.headers["content-type"] == "application/json"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed(sender: Sender, receiver: HTTPServer, status: int) -> None:
    target = receiver.url_for("/secret")
    receiver.expect_request("/hook").respond_with_data("", status=status, headers={"Location": target})
    receiver.expect_request("/secret").respond_with_data("never")
    assert (await sender.send(receiver.url_for("/hook"), "{}", HEADERS)).status == status
    assert [request.path for request, _ in receiver.log] == ["/hook"]


async def test_a_slow_answer_times_out(sender: Sender, slow_receiver: HTTPServer) -> None:
    def slow(_request: Request) -> Response:
        time.sleep(1)
        return Response("late")

    slow_receiver.expect_request("/hook").respond_with_handler(slow)
    answer = await sender.send(slow_receiver.url_for("/hook"), "{}", HEADERS)
    assert (answer.status, answer.error) == (None, AttemptError.TIMEOUT)
    assert 500 <= answer.latency_ms < 1000


async def test_a_status_counts_though_the_body_never_ends(sender: Sender, slow_receiver: HTTPServer) -> None:
    def trickle(_request: Request) -> Response:
        def parts() -> Iterator[bytes]:
            yield b"begun"
            time.sleep(1)
            yield b"ended"

        return Response(parts())

    slow_receiver.expect_request("/hook").respond_with_handler(trickle)
    answer = await sender.send(slow_receiver.url_for("/hook"), "{}", HEADERS)
    assert (answer.status, answer.error, answer.head) == (200, None, b"begun")
    assert answer.latency_ms < 1000


async def test_names_that_nobody_resolves_keep_no_other_waiting(
    receiver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More of them than the event loop has threads for names."""
    silence, resolve = threading.Event(), socket.getaddrinfo

    def look_up(host: Any, *rest: Any, **options: Any) -> Any:
        if str(host).endswith(".silent.example"):
            silence.wait(20)
        return resolve("127.0.0.1", *rest, **options)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    receiver.expect_request("/hook").respond_with_data("ok")
    async with open_sender(timeout_seconds=10, allow_insecure=True) as sender:
        hanging = [
            asyncio.create_task(sender.send(f"http://{number}.silent.example/", "{}", HEADERS))
            for number in range(100)
        ]
        try:
            await asyncio.sleep(0)
            answer = await sender.send(f"http://well.example:{receiver.port}/hook", "{}", HEADERS)
            assert (answer.status, any(each.done() for each in hanging)) == (200, False)
        finally:
            silence.set()
            for each in hanging:
                each.cancel()
            await asyncio.gather(*hanging, return_exceptions=True)


async def test_a_huge_answer_is_cut(sender: Sender, receiver: HTTPServer) -> None:
    receiver.expect_request("/hook").respond_with_data(b"x" * 5_000_000)
    answer = await sender.send(receiver.url_for("/hook"), "{}", HEADERS)
    assert (answer.status, len(answer.head)) == (200, MAX_ANSWER_BYTES)


async def test_a_compressed_answer_is_not_unpacked(sender: Sender, receiver: HTTPServer) -> None:
    packed = gzip.compress(b"0" * 1_000_000)
    receiver.expect_request("/hook").respond_with_data(packed, headers={"Content-Encoding": "gzip"})
    answer = await sender.send(receiver.url_for("/hook"), "{}", HEADERS)
    assert answer.head == packed[:MAX_ANSWER_BYTES]


async def test_cookies_are_not_kept(sender: Sender, receiver: HTTPServer) -> None:
    receiver.expect_request("/hook").respond_with_data("", headers={"Set-Cookie": "id=1; Path=/"})
    for _ in range(2):
        await sender.send(receiver.url_for("/hook"), "{}", HEADERS)
    assert all("Cookie" not in request.headers for request, _ in receiver.log)


async def test_a_closed_port_is_a_failed_connection(sender: Sender) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        answer = await sender.send(f"http://127.0.0.1:{closed.getsockname()[1]}/", "{}", HEADERS)
    assert (answer.status, answer.error) == (None, AttemptError.CONNECTION_FAILED)


@pytest.mark.parametrize(
    ("said", "error"),
    [
        (b"", AttemptError.CONNECTION_FAILED),
        (b"this is no HTTP\r\n\r\n", AttemptError.INVALID_ANSWER),
        (b"HTTP/1.1 200 OK\r\nx: " + b"a" * 100_000 + b"\r\n\r\n", AttemptError.INVALID_ANSWER),
    ],
)
async def test_an_answer_that_is_none_is_an_error(sender: Sender, said: bytes, error: AttemptError) -> None:
    async with await raw_server(said) as server:
        answer = await sender.send(url_of(server), "{}", HEADERS)
    assert (answer.status, answer.error) == (None, error)


async def test_a_name_that_does_not_exist_is_an_error(sender: Sender, monkeypatch: Any) -> None:
    resolve_to(monkeypatch, "nowhere.example.com", [])
    answer = await sender.send("https://nowhere.example.com/", "{}", HEADERS)
    assert (answer.status, answer.error) == (None, AttemptError.NAME_NOT_RESOLVED)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_without_leave_nothing_connects_to_the_own_machine(
    strict_sender: Sender, receiver: HTTPServer, host: str
) -> None:
    answer = await strict_sender.send(f"http://{host}:{receiver.port}/hook", "{}", HEADERS)
    assert (answer.status, answer.error) == (None, AttemptError.ADDRESS_NOT_ALLOWED)
    assert receiver.log == []


@pytest.mark.parametrize(
    "addresses",
    [
        ["10.0.0.1"],
        ["169.254.169.254"],
        ["::ffff:127.0.0.1"],
        ["fd00::1"],
        ["192.168.1.1", "10.0.0.1"],
        ["0.0.0.0"],
    ],
)
async def test_a_name_that_leads_inside_is_refused_after_it_was_resolved(
    sender: Sender, monkeypatch: Any, addresses: list[str]
) -> None:
    resolve_to(monkeypatch, "rebound.example.com", addresses)
    answer = await sender.send("https://rebound.example.com/", "{}", HEADERS)
    assert (answer.status, answer.error) == (None, AttemptError.ADDRESS_NOT_ALLOWED)


async def test_of_several_addresses_only_allowed_ones_are_used(
    sender: Sender, receiver: HTTPServer, monkeypatch: Any
) -> None:
    receiver.expect_request("/hook").respond_with_data("")
    resolve_to(monkeypatch, "mixed.example.com", ["10.0.0.1", "127.0.0.1"])
    answer = await sender.send(f"http://mixed.example.com:{receiver.port}/hook", "{}", HEADERS)
    assert answer.status == 200


async def test_a_certificate_that_nobody_vouches_for_is_refused(sender: Sender, tmp_path: Path) -> None:
    with HTTPServer(host="127.0.0.1", ssl_context=self_signed(tmp_path)) as server:
        answer = await sender.send(f"https://127.0.0.1:{server.port}/", "{}", HEADERS)
        assert (answer.status, answer.error) == (None, AttemptError.TLS_FAILED)
        assert server.log == []


def resolve_to(monkeypatch: Any, name: str, addresses: list[str]) -> None:
    """Have the machine's resolver know ``name``."""
    real = socket.getaddrinfo

    def resolve(host: Any, port: Any, *rest: Any, **options: Any) -> Any:
        if host != name:
            return real(host, port, *rest, **options)
        if not addresses:
            raise socket.gaierror(socket.EAI_NONAME, "unknown")
        v6 = {address: ":" in address for address in addresses}
        return [
            (socket.AF_INET6, socket.SOCK_STREAM, 6, "", (address, port, 0, 0))
            if v6[address]
            else (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))
            for address in addresses
        ]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)


def self_signed(folder: Path) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + dt.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "server.pem").write_bytes(certificate.public_bytes(pem) + private)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem")
    return context
