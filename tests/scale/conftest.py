"""A stack with two processes of every service, on topics of six partitions, with limits that both gateways share."""

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from unittest import mock

import pytest

from joust_embedded.stack import Stack
from tests.conftest import FOR_TESTS
from tests.support.arena import Arena
from tests.support.balancing import Balanced
from tests.support.parts import of_tests
from tests.support.valkey import valkey_server

PARTITIONS = 6
FAILED_KEYS_PER_MINUTE = 10
_PLENTY = "1000000"
_LIMITS = {
    "RATE_LIMIT_ENABLED": "true",
    # A busy machine must not make one of them count alone.
    "RATE_LIMIT_STORAGE_TIMEOUT_SECONDS": "10",
    "RATE_LIMIT_GENERAL_PER_MINUTE": _PLENTY,
    "RATE_LIMIT_SUBMISSIONS_PER_MINUTE": _PLENTY,
    "RATE_LIMIT_MUTATIONS_PER_MINUTE": _PLENTY,
    "RATE_LIMIT_ACCOUNTS_PER_MINUTE": _PLENTY,
    "RATE_LIMIT_FAILED_KEYS_PER_MINUTE": str(FAILED_KEYS_PER_MINUTE),
}


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Twice the processes of the stack of all other tests."""
    with ExitStack() as context:
        store = context.enter_context(valkey_server(tmp_path_factory.mktemp("store")))
        own = {"RATE_LIMIT_STORAGE": store.url, **_LIMITS}
        chosen = {**FOR_TESTS, **{f"JOUST_GATEWAY_{name}": value for name, value in own.items()}}
        settings = of_tests(tmp_path_factory.mktemp("scale"), replicas=2, kafka_partitions=PARTITIONS)
        with mock.patch.dict(os.environ, chosen):
            running = context.enter_context(Stack.running(settings))
        yield running


@pytest.fixture
async def balanced(stack: Stack) -> AsyncIterator[Balanced]:
    """Between clients and both gateways."""
    opened = Balanced(stack.urls_of("gateway"))
    yield opened
    await opened.close()


@pytest.fixture
async def arena(stack: Stack, balanced: Balanced) -> AsyncIterator[Arena]:
    """Whose parties use both gateways in turn, and have no patience of their own."""
    opened = Arena(stack, patience_seconds=0, transport=balanced)
    yield opened
    await opened.close()
