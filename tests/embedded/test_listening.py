"""`joust webhooks listen`: what it prints, what it refuses, what it passes on."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import httpx2
import pytest
from pytest_httpserver import HTTPServer

from joust_embedded.errors import StackError
from joust_embedded.listening import listening
from joust_webhook.deliveries.rules.signing import signed_headers
from joust_webhook.vault import new_secret

SECRET = new_secret()
BODY = '{"type": "deal.created", "timestamp": "2026-11-22T19:28:40.000Z", "data": {"name": "Ad\\u00e4"}}'
EVENT = UUID("0190f5fe-7c00-7a00-8000-0000000000a0")


def headers(secret: str = SECRET, *, late: timedelta = timedelta(0)) -> dict[str, str]:
    return signed_headers(EVENT, BODY, [secret], datetime.now(UTC) - late)


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
async def url(said: list[str]) -> AsyncIterator[str]:
    async with listening(said.append, secret=SECRET, host="127.0.0.1", port=0, forward_to=None) as opened:
        yield f"{opened}any/path"


@pytest.fixture
async def http() -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(timeout=20) as client:
        yield client


async def test_a_message_is_printed_with_its_type_and_id_and_the_second_time_as_known(
    url: str, said: list[str], http: httpx2.AsyncClient
) -> None:
    for _ in range(2):
        assert (await http.post(url, content=BODY, headers=headers())).status_code == 204
    first, second = (text.partition("\n") for text in said)
    assert first[0] == f"deal.created  msg_{EVENT}  verified"
    assert second[0] == f"{first[0]}, came before"
    assert json.loads(first[2]) == json.loads(BODY)


@pytest.mark.parametrize(
    ("signed", "body"),
    [
        (lambda: headers(new_secret()), BODY),
        (headers, BODY + " "),
        (lambda: headers(late=timedelta(minutes=6)), BODY),
        (lambda: {**headers(), "webhook-signature": "v1"}, BODY),
        (dict, BODY),
        (headers, "\xff"),
    ],
    ids=["another secret", "another body", "old", "no signature", "no headers", "no text"],
)
async def test_what_the_secret_did_not_sign_is_refused(
    url: str, said: list[str], http: httpx2.AsyncClient, signed: Callable[[], dict[str, str]], body: str
) -> None:
    answer = await http.post(url, content=body.encode("latin-1"), headers=signed())
    assert answer.status_code == 401
    assert [text.split()[0] for text in said] == ["REFUSED"]


async def test_nothing_that_a_stranger_sends_reaches_the_terminal_as_more_than_text(
    said: list[str], http: httpx2.AsyncClient
) -> None:
    async with listening(said.append, secret=None, host="127.0.0.1", port=0, forward_to=None) as url:
        content = json.dumps({"type": "\x1b[2J", "data": "\x1b]0;x\x07"}, ensure_ascii=False).encode()
        for body in (content, b"\x1b[2J\x00", b"[" * 100_000):
            answer = await http.post(url, content=body, headers={b"webhook-id": b"msg_\xe4\x9b2J"})
            assert answer.status_code == 204
        assert (await http.post(url, content=b"x" * 1_100_000)).status_code == 413
    assert len(said) == 3
    assert all(text.replace("\n", "").isprintable() and text.isascii() for text in said)


async def test_what_is_verified_is_passed_on_as_it_came_and_the_answer_comes_back(
    said: list[str], http: httpx2.AsyncClient, httpserver: HTTPServer
) -> None:
    httpserver.expect_request("/hook", method="POST").respond_with_data("taken", status=202)
    target = httpserver.url_for("/hook")
    async with listening(said.append, secret=SECRET, host="127.0.0.1", port=0, forward_to=target) as url:
        sent = headers()
        answer = await http.post(url, content=BODY, headers={**sent, "cookie": "a=b"})
        forged = await http.post(url, content=BODY, headers=headers(new_secret()))
    assert (answer.status_code, answer.text, forged.status_code) == (202, "taken", 401)
    ((request, _),) = httpserver.log
    assert request.get_data() == BODY.encode()
    assert {name: request.headers[name] for name in sent} == sent
    assert "cookie" not in request.headers


async def test_a_target_that_does_not_answer_is_told(said: list[str], http: httpx2.AsyncClient) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        target = f"http://127.0.0.1:{closed.getsockname()[1]}/"
        async with listening(said.append, secret=SECRET, host="127.0.0.1", port=0, forward_to=target) as url:
            answer = await http.post(url, content=BODY, headers=headers())
    assert answer.status_code == 502


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"secret": "whsec_"}, "no secret"),
        ({"secret": "whsec_\xe4"}, "no secret"),
        ({"forward_to": "localhost:8000"}, "--forward"),
        ({"forward_to": "ftp://localhost/"}, "--forward"),
        ({"forward_to": "http://"}, "--forward"),
    ],
)
async def test_what_can_not_be_listened_with_is_said(wrong: dict[str, str], told: str) -> None:
    with pytest.raises(StackError, match=told):
        async with listening(
            print,
            secret=wrong.get("secret", SECRET),
            host="127.0.0.1",
            port=0,
            forward_to=wrong.get("forward_to"),
        ):
            pass


async def test_a_port_that_is_taken_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(StackError, match="another --port"):
        async with listening(
            print, secret=None, host="127.0.0.1", port=taken.getsockname()[1], forward_to=None
        ):
            pass


def test_the_command_listens_until_it_is_interrupted() -> None:
    command = [sys.executable, "-m", "joust_embedded", "webhooks", "listen", "--port", "0"]
    environment = {**os.environ, "JOUST_WEBHOOK_SECRET": SECRET, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        try:
            url = process.stdout.readline().split()[2].rstrip(";")
            assert httpx2.post(url, content=BODY, headers=headers(), timeout=20).status_code == 204
        finally:
            process.send_signal(signal.SIGINT)
        rest = process.stdout.read()
        assert process.wait(timeout=20) == 0
    assert rest.startswith(f"deal.created  msg_{EVENT}  verified")
