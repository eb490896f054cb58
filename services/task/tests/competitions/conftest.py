"""Competitions under test."""

import pytest

from joust_kit.testing.component import ServiceUnderTest
from services.task.tests.competitions.contest import Contest


@pytest.fixture
def contest(tasks: ServiceUnderTest) -> Contest:
    return Contest(tasks)
