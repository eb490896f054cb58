"""The ranking service under test."""

from collections.abc import Awaitable, Callable

import pytest

from joust_contracts.services import ServiceName
from joust_kit.testing.component import ServiceUnderTest


@pytest.fixture(scope="session")
async def ranking(open_service: Callable[..., Awaitable[ServiceUnderTest]]) -> ServiceUnderTest:
    """The service with its defaults."""
    return await open_service(ServiceName.RANKING, anonymity_key="a key that only tests know")
