"""The pytest plugin: the fixture ``joust``, and where its stack comes from.

pytest                                  a stack from packages, started once for the run
pytest --joust-stack compose            the stack in containers
pytest --joust-stack https://…          one that runs already, with a judge and a clock of its own
"""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from joust_embedded.errors import StackError
from joust_testing.arena import Joust
from joust_testing.loop import LoopThread
from joust_testing.stacks import RunningStack, opened_stack


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--joust-stack`` and ``--joust-compose-file``."""
    group = parser.getgroup("joust")
    group.addoption(
        "--joust-stack",
        default="embedded",
        help="where the fixture `joust` finds its stack: embedded (the default), compose, or a gateway's URL",
    )
    group.addoption("--joust-compose-file", type=Path, default=None, help="for --joust-stack compose")


@pytest.fixture(scope="session")
def joust_stack(request: pytest.FixtureRequest) -> Iterator[RunningStack]:
    """The stack of this run."""
    chosen: str = request.config.getoption("--joust-stack")
    file: Path | None = request.config.getoption("--joust-compose-file")
    with ExitStack() as context:
        try:
            stack = context.enter_context(opened_stack(chosen, compose_file=file))
        except StackError as error:
            pytest.fail(str(error), pytrace=False)
        yield stack


@pytest.fixture(scope="session")
def _joust_loop() -> Iterator[LoopThread]:
    loop = LoopThread()
    yield loop
    loop.close()


@pytest.fixture
def joust(joust_stack: RunningStack, _joust_loop: LoopThread) -> Iterator[Joust]:
    """A Joust for one test: posters, agents, webhooks, the judge and the clock."""
    opened = Joust(joust_stack, _joust_loop)
    yield opened
    opened.close()
