"""The whole stack, seven real processes on real parts, for the tests that cross services."""

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from unittest import mock

import pytest

from joust_contracts.services import ServiceName
from joust_embedded.bounty.receiver import Receiver
from joust_embedded.stack import Stack
from tests.support.arena import Arena
from tests.support.containers import ENGINE_URL, engine_answers
from tests.support.distant import distant_stack, open_receiver
from tests.support.parts import of_tests

FOR_TESTS = {
    "JOUST_GATEWAY_RATE_LIMIT_ENABLED": "false",
    "JOUST_TASK_MIN_DEADLINE_SECONDS": "1",
    "JOUST_GATEWAY_MAX_BODY_BYTES": "2000000",
    "JOUST_SUBMISSION_ASSET_SINGLE_MAX_BYTES": "2000000",
    "JOUST_GATEWAY_CRON_SECRET": "cron-secret-of-the-tests",
    "JOUST_TASK_ESCROW_REVIEW_WINDOW": "PT0S",
    "JOUST_SUBMISSION_DROP_SUBMISSION_COOLDOWN": "PT0S",
}
"""What a developer sets for integration tests of an agent; everything else has its default."""
LEASES_END_SOON = {f"JOUST_{name.upper()}_JOB_LONGEST_LEASE_SECONDS": "6" for name in ServiceName}


@pytest.fixture(scope="session")
def leases(pytestconfig: pytest.Config) -> dict[str, str]:
    """Settings by which what a dead worker had in hand is soon taken up; campaigns know the leases of production."""
    return {} if pytestconfig.option.markexpr == "campaign" else LEASES_END_SOON


@pytest.fixture(scope="session")
def stack(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack of this test run's own, unless ``--stack`` names one that runs."""
    kind: str = request.config.getoption("--stack")
    if kind != "embedded":
        with distant_stack(kind, FOR_TESTS) as running:
            yield running
        return
    chosen = FOR_TESTS | ({"JOUST_EVALUATION_DOCKER_URL": ENGINE_URL} if engine_answers() else {})
    settings = of_tests(tmp_path_factory.mktemp("stack"), postgres_preload_libraries="pg_stat_statements")
    with ExitStack() as context:
        with mock.patch.dict(os.environ, chosen):
            own = context.enter_context(Stack.running(settings))
        # From here on the variables are the stack's own; other tests must not find them.
        yield own


@pytest.fixture
async def arena(stack: Stack) -> AsyncIterator[Arena]:
    """Makes parties that act on the stack; their connections are closed after the test."""
    arena = Arena(stack)
    yield arena
    await arena.close()


@pytest.fixture
async def receiver(stack: Stack) -> AsyncIterator[Receiver]:
    """A poster's server that verifies webhooks."""
    async with open_receiver(stack) as opened:
        yield opened
