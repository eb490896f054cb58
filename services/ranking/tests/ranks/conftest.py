"""A task of its own for each test."""

import pytest

from joust_kit.testing.component import ServiceUnderTest
from services.ranking.tests.standings.arena import Arena


@pytest.fixture
def arena(ranking: ServiceUnderTest) -> Arena:
    """A task that nobody heard of yet, and everything that can be told about it."""
    return Arena(ranking)
