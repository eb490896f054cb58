"""A second stack, for what the one of all tests is too old for, or too good."""

import os
from collections.abc import Iterator
from unittest import mock

import pytest

from joust_embedded.settings import EmbeddedSettings
from joust_embedded.stack import Stack
from tests.conftest import FOR_TESTS


@pytest.fixture(scope="session")
def young_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack whose topics hold little; what a test does to its topics harms no others."""
    settings = EmbeddedSettings(data_dir=tmp_path_factory.mktemp("young"), gateway_port=0)
    with mock.patch.dict(os.environ, FOR_TESTS), Stack.running(settings) as running:
        yield running
