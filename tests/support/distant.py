"""A stack that is not made of processes of this machine: in containers, or anywhere behind a URL."""

import asyncio
import json
import signal
import socket
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any, NoReturn, TypeVar
from uuid import uuid4

import pytest

from joust_embedded.bounty.receiver import Receiver, receiving
from joust_embedded.errors import StackError
from joust_embedded.settings import SERVICES, EmbeddedSettings
from joust_embedded.stack import Stack
from joust_testing.compose import ComposeStack, docker, running_compose
from tests.support.parts import ROOT

COMPOSE_FILE = ROOT / "docker-compose.yml"
_PARTS = {"postgres": 5432, "kafka": 9092, "s3": 8333, "valkey": 6379}
_INNER_PORT = 8000
"""Of each service, in its container."""


Value = TypeVar("Value")


class _Known(dict[str, Value]):
    """What is not in it skips the test that asks."""

    def __missing__(self, name: str) -> NoReturn:
        _not_here(f"the address of {name}")


class DistantStack(Stack):
    """What tests may ask of it; what it does not have skips the test that asks, visibly."""

    def __init__(self, gateway_url: str, compose: ComposeStack | None = None) -> None:
        self._gateway_url = gateway_url
        self._compose = compose
        self.settings = EmbeddedSettings()

    @property
    def urls(self) -> dict[str, str]:
        """The gateway's; of containers each service's own, where this machine reaches their network."""
        if self._compose is None:
            return _Known(gateway=self._gateway_url)
        return _Known({**self._addresses, "gateway": self._gateway_url})

    @property
    def database_dsn(self) -> str:
        """Of containers."""
        return self._in_containers("the database").database_dsn

    @property
    def kafka_bootstrap(self) -> str:
        """Of containers."""
        return self._in_containers("Kafka").kafka_bootstrap

    @property
    def s3_endpoint(self) -> str:
        """Of containers."""
        return f"http://127.0.0.1:{self._in_containers('S3').ports['s3']}"

    @property
    def env(self) -> dict[str, dict[str, str]]:
        """Of containers: what each service was given, with addresses that hold on this machine."""
        self._in_containers("the environment of the services")
        return self._environments

    @property
    def ports(self) -> dict[str, int]:
        """Of containers, those of the parts and the gateway."""
        return _Known(self._in_containers("the ports of the processes").ports)

    def logs(self) -> dict[str, str]:
        """Of containers: what each process wrote."""
        compose = self._in_containers("what the processes wrote")
        return {name: compose.compose("logs", "--no-color", "--no-log-prefix", name) for name in SERVICES}

    def pid(self, name: str) -> int:
        """Not known here."""
        _not_here(f"the process of {name}")

    def restarts(self, name: str) -> int:
        """Not known here."""
        _not_here(f"the process of {name}")

    def kill(self, name: str, number: signal.Signals = signal.SIGKILL) -> None:
        """Not possible here."""
        _not_here(f"the process of {name}")

    def restart(
        self, name: str, variables: Mapping[str, str | None], *, timeout_seconds: float = 60.0
    ) -> None:
        """Not possible here."""
        _not_here(f"the process of {name}")

    @asynccontextmanager
    async def receiving(self) -> AsyncIterator[Receiver]:
        """A receiver of webhooks that the stack can reach."""
        compose = self._in_containers("a way back to this machine")
        async with receiving(await asyncio.to_thread(compose.host_address)) as receiver:
            port = int(receiver.url.rsplit(":", 1)[1].split("/")[0])
            await asyncio.to_thread(compose.forward_to_host, port)
            receiver.url = f"http://127.0.0.1:{port}/hooks"
            yield receiver

    @cached_property
    def _seen(self) -> dict[str, Any]:
        """What the engine says of each service's container."""
        compose = self._in_containers("the containers")
        ids = [compose.container_of(service) for service in SERVICES]
        return dict(zip(SERVICES, json.loads(docker("inspect", *ids)), strict=True))

    @cached_property
    def _addresses(self) -> dict[str, str]:
        """URLs in the containers' own network; none where it can't be reached, as from outside a machine of its own."""
        networks = {name: seen["NetworkSettings"]["Networks"] for name, seen in self._seen.items()}
        hosts = {name: next(iter(joined.values()))["IPAddress"] for name, joined in networks.items()}
        try:
            socket.create_connection((hosts["gateway"], _INNER_PORT), timeout=2).close()
        except OSError:
            return {}
        return {name: f"http://{host}:{_INNER_PORT}" for name, host in hosts.items()}

    @cached_property
    def _environments(self) -> dict[str, dict[str, str]]:
        return {service: self._from_here(seen["Config"]["Env"]) for service, seen in self._seen.items()}

    def _from_here(self, given: list[str]) -> dict[str, str]:
        compose = self._in_containers("the ports of the parts")
        places = {
            **{f"{part}:{port}": f"127.0.0.1:{compose.ports[part]}" for part, port in _PARTS.items()},
            **{f"http://{service}:{_INNER_PORT}": url for service, url in self._addresses.items()},
            "0.0.0.0": "127.0.0.1",
        }
        # What has no value is left to the settings' default.
        variables = dict(each.split("=", 1) for each in given if each.startswith("JOUST_") and "=" in each)
        for inside, here in places.items():
            variables = {name: value.replace(inside, here) for name, value in variables.items()}
        return variables

    def _in_containers(self, what: str) -> ComposeStack:
        if self._compose is None:
            _not_here(what)
        return self._compose


@contextmanager
def distant_stack(kind: str, variables: Mapping[str, str]) -> Iterator[DistantStack]:
    """``containers``, brought up by compose and removed afterwards, or the URL of a gateway."""
    if kind.startswith(("http://", "https://")):
        yield DistantStack(kind.rstrip("/"))
        return
    if kind != "containers":
        raise pytest.UsageError(f"--stack is embedded, containers or a URL, not {kind}")
    compose = ComposeStack(COMPOSE_FILE, project=f"joust-test-{uuid4().hex[:8]}", variables=variables)
    try:
        with running_compose(compose):
            yield DistantStack(compose.gateway_url, compose)
    except StackError as error:
        pytest.fail(str(error), pytrace=False)


def open_receiver(stack: Stack) -> AbstractAsyncContextManager[Receiver]:
    """A party's server that verifies webhooks, where the stack can reach it."""
    return stack.receiving() if isinstance(stack, DistantStack) else receiving()


def logs_of(stack: Stack) -> dict[str, str]:
    """What each process of the stack wrote so far."""
    if isinstance(stack, DistantStack):
        return stack.logs()
    files = Path(stack.settings.data_dir, "logs").glob("*.log")
    return {file.stem: file.read_text(errors="replace") for file in files}


def _not_here(what: str) -> NoReturn:
    pytest.skip(f"this stack does not show {what}")
