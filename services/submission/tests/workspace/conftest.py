"""Workspaces as they are, and small ones whose caps are soon met."""

from collections.abc import Awaitable, Callable

import pytest

from joust_contracts.services import ServiceName
from joust_kit.testing.component import ServiceUnderTest
from services.submission.tests.conftest import Arena
from services.submission.tests.workspace.desk import Desk
from services.submission.tests.workspace.shelf import Shelf

SMALL = {
    "workspace_max_value_bytes": 40,
    "workspace_max_value_bytes_in_all": 100,
    "workspace_max_keys": 5,
    "workspace_max_file_bytes": 4000,
    "workspace_max_file_bytes_in_all": 10_000,
    "workspace_max_files": 5,
    "workspace_max_open_uploads": 3,
}


@pytest.fixture
def desk(arena: Arena) -> Desk:
    """A new account's workspace."""
    return Desk(arena.service)


@pytest.fixture(scope="session")
async def _small_service(open_service: Callable[..., Awaitable[ServiceUnderTest]]) -> ServiceUnderTest:
    return await open_service(ServiceName.SUBMISSION, database_pool_size=10, **SMALL)


@pytest.fixture
def small_desk(_small_service: ServiceUnderTest) -> Desk:
    """A new account's workspace with room for five values, 100 bytes in all, 40 each.

    It has room for five files, 10 kB in all, 4 kB each, and for three uploads at once.
    """
    return Desk(_small_service)


@pytest.fixture
def shelf(arena: Arena) -> Shelf:
    """A new account's files."""
    return Shelf(arena.service)


@pytest.fixture
def small_shelf(_small_service: ServiceUnderTest) -> Shelf:
    """A new account's files, with little room."""
    return Shelf(_small_service)
