"""The webhook service under test, and receivers on the own machine."""

from collections.abc import Awaitable, Callable, Iterator

import pytest
from pytest_httpserver import HTTPServer

from joust_contracts.services import ServiceName
from joust_kit.testing.component import ServiceUnderTest

OpenService = Callable[..., Awaitable[ServiceUnderTest]]


@pytest.fixture(scope="session")
async def webhooks(open_service: OpenService) -> ServiceUnderTest:
    """The service as a stack on one machine runs it: loopback receivers are allowed, waits are short."""
    return await open_service(
        ServiceName.WEBHOOK,
        allow_insecure_targets=True,
        delivery_timeout_seconds=0.6,
        delivery_delays_seconds=(0.01, 0.02),
        delivery_patience_seconds=60,
        circuit_failures=1000,
        judge_max_attempts=3,
        judge_first_delay_seconds=0.01,
        test_timeout_seconds=0.6,
    )


@pytest.fixture(scope="session")
async def strict_webhooks(open_service: OpenService) -> ServiceUnderTest:
    """The service as it runs on the internet."""
    return await open_service(ServiceName.WEBHOOK, allow_insecure_targets=False)


@pytest.fixture(scope="session")
def _server() -> Iterator[HTTPServer]:
    with HTTPServer(host="127.0.0.1", threaded=True) as server:
        yield server


@pytest.fixture
def receiver(_server: HTTPServer) -> HTTPServer:
    """A server that takes webhooks, with nothing expected and nothing logged yet."""
    _server.clear()
    return _server


@pytest.fixture
def slow_receiver() -> Iterator[HTTPServer]:
    """A server of its own, because what it still does when the test is over must not reach another test."""
    with HTTPServer(host="127.0.0.1", threaded=True) as server:
        yield server
