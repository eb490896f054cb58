"""A second stack, for what the one of all tests is too old for, or too good."""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from unittest import mock

import pytest

from joust_embedded.stack import Stack
from joust_testing import ScriptedJudge
from tests.conftest import FOR_TESTS
from tests.support.parts import of_tests


@pytest.fixture(scope="session")
def provider() -> Iterator[ScriptedJudge]:
    """Whose model judges on the young stack."""
    opened = ScriptedJudge()
    yield opened
    opened.stop()


@pytest.fixture(scope="session")
def young_stack(
    tmp_path_factory: pytest.TempPathFactory, provider: ScriptedJudge, leases: dict[str, str]
) -> Iterator[Stack]:
    """A stack whose topics hold little; what a test does to its topics harms no others."""
    settings = of_tests(tmp_path_factory.mktemp("young"))
    chosen = {**FOR_TESTS, **leases, **provider.settings}
    with ExitStack() as context:
        with mock.patch.dict(os.environ, chosen):
            running = context.enter_context(Stack.running(settings))
        # From here on the variables are the stack's own; other tests must not find them.
        yield running
