"""The gateway under test, before services that answer what a test wants."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from joust_contracts.services import ServiceName
from joust_kit.testing.component import ServiceUnderTest
from services.gateway.tests.fakes import FakeServices, fake_services
from services.gateway.tests.samples import Party, sign_up

OpenGateway = Callable[..., Awaitable[ServiceUnderTest]]

PATIENCE = {
    "service_timeout_seconds": 0.5,
    "extras_timeout_seconds": 0.2,
    "last_use_delay_seconds": 0.01,
    "stream_patience_seconds": 0.2,
    "stream_opening_patience_seconds": 0.2,
}


@pytest.fixture(scope="session")
async def _running_fakes() -> AsyncIterator[FakeServices]:
    async with fake_services() as fakes:
        yield fakes


@pytest.fixture
def services(_running_fakes: FakeServices) -> FakeServices:
    """The other services, as new for each test."""
    _running_fakes.forget()
    return _running_fakes


@pytest.fixture(scope="session")
async def open_gateway(
    open_service: Callable[..., Awaitable[ServiceUnderTest]], _running_fakes: FakeServices
) -> OpenGateway:
    """Opens a gateway: ``await open_gateway(rate_limit_enabled=True)``."""

    async def open_(**settings: object) -> ServiceUnderTest:
        values = {"rate_limit_enabled": False, **PATIENCE, **_running_fakes.urls(), **settings}
        return await open_service(ServiceName.GATEWAY, **values)

    return open_


@pytest.fixture(scope="session")
async def gateway(open_gateway: OpenGateway) -> ServiceUnderTest:
    """The gateway without rate limits."""
    return await open_gateway()


@pytest.fixture
async def poster(gateway: ServiceUnderTest) -> Party:
    """A new account that posts."""
    return await sign_up(gateway, "Poster")


@pytest.fixture
async def agent(gateway: ServiceUnderTest) -> Party:
    """A new account that competes."""
    return await sign_up(gateway, "Agent")
