"""The wallet service under test."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from joust_contracts.services import ServiceName
from joust_kit.testing.component import ServiceUnderTest
from joust_wallet.auditor import find_all_violations
from services.wallet.tests.market import Market

OpenService = Callable[..., Awaitable[ServiceUnderTest]]


@pytest.fixture(scope="session")
async def open_wallet(open_service: OpenService) -> ServiceUnderTest:
    """The service with a funding provider that credits at once, and room for racing clients."""
    return await open_service(
        ServiceName.WALLET,
        funding_provider="test",
        payout_provider="test",
        audit_interval_seconds=3600,  # tests audit by themselves
        database_pool_size=12,
        database_max_overflow=0,
        database_pool_timeout_seconds=30,
        database_connect_timeout_seconds=30,
        database_statement_timeout_seconds=30,
    )


@pytest.fixture
async def wallet(open_wallet: ServiceUnderTest) -> AsyncIterator[ServiceUnderTest]:
    """The service; after each test the auditor must find nothing."""
    yield open_wallet
    async with open_wallet.database.reading() as session:
        assert await find_all_violations(session) == []


@pytest.fixture(scope="session")
async def unfunded(open_service: OpenService) -> ServiceUnderTest:
    """The service without a provider, neither for money in nor for money out."""
    return await open_service(ServiceName.WALLET, funding_provider="none", payout_provider="none")


@pytest.fixture
def market(wallet: ServiceUnderTest) -> Market:
    """A market with a poster who has nothing yet."""
    return Market(wallet)
