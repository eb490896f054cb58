"""A second stack, for what the one of all tests is too old for, or too good."""

import os
from collections.abc import Iterator
from unittest import mock

import pytest

from joust_embedded.stack import Stack
from tests.conftest import FOR_TESTS
from tests.support.parts import of_tests


@pytest.fixture(scope="session")
def young_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack whose topics hold little; what a test does to its topics harms no others."""
    settings = of_tests(tmp_path_factory.mktemp("young"))
    with mock.patch.dict(os.environ, FOR_TESTS), Stack.running(settings) as running:
        yield running
