"""Entrants under test."""

from collections.abc import Awaitable, Callable

import pytest

from joust_contracts.services import ServiceName
from joust_kit.testing.component import ServiceUnderTest
from services.submission.tests.drafts.desk import Desk


@pytest.fixture(scope="session")
async def submissions(open_service: Callable[..., Awaitable[ServiceUnderTest]]) -> ServiceUnderTest:
    """The service with its defaults."""
    return await open_service(ServiceName.SUBMISSION)


@pytest.fixture
async def desk(submissions: ServiceUnderTest) -> Desk:
    """An entrant of a competition of its own."""
    return await Desk.opened(submissions)
