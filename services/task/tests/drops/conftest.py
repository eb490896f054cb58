"""Drops of the task service under test."""

import pytest

from joust_kit.testing.component import ServiceUnderTest
from services.task.tests.drops.dropping import Drops


@pytest.fixture(scope="session")
def drops(tasks: ServiceUnderTest) -> Drops:
    """The service with its defaults."""
    return Drops(tasks)
