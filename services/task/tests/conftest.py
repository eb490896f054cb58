"""The task service under test."""

from collections.abc import Awaitable, Callable

import pytest

from joust_contracts.services import ServiceName
from joust_kit.testing.component import ServiceUnderTest


@pytest.fixture(scope="session")
async def tasks(open_service: Callable[..., Awaitable[ServiceUnderTest]]) -> ServiceUnderTest:
    """The service with its defaults."""
    return await open_service(ServiceName.TASK)
