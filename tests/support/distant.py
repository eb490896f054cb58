"""A stack that is not made of processes of this machine: in containers, or anywhere behind a URL."""

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import NoReturn
from uuid import uuid4

import pytest

from joust_embedded.bounty.receiver import Receiver, receiving
from joust_embedded.errors import StackError
from joust_embedded.settings import EmbeddedSettings
from joust_embedded.stack import Stack
from joust_testing.compose import ComposeStack, running_compose
from tests.support.parts import ROOT

COMPOSE_FILE = ROOT / "docker-compose.yml"


class _Known(dict[str, str]):
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
        """The gateway's alone: services are reached through it."""
        return _Known(gateway=self._gateway_url)

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
        """Not known here."""
        _not_here("the environment of the services")

    @property
    def ports(self) -> dict[str, int]:
        """Not known here."""
        _not_here("the ports of the processes")

    def pid(self, name: str) -> int:
        """Not known here."""
        _not_here(f"the process of {name}")

    def restarts(self, name: str) -> int:
        """Not known here."""
        _not_here(f"the process of {name}")

    def kill(self, name: str, number: signal.Signals = signal.SIGKILL) -> None:
        """Not possible here."""
        _not_here(f"the process of {name}")

    def restart(self, name: str, variables: Mapping[str, str | None]) -> None:
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


def _not_here(what: str) -> NoReturn:
    pytest.skip(f"this stack does not show {what}")
