"""One sandbox of each back end for all tests, so that each runs where hostile programs ran before."""

import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from joust_evaluation.sandbox.base import Ending, Limits, Program, Run, Sandbox
from services.evaluation.tests.sandbox.back_ends import open_bubblewrap, open_container_sandbox

QUICK = Limits(
    seconds=5,
    cpu_seconds=2,
    memory_bytes=64 * 1024 * 1024,
    processes=16,
    file_bytes=8 * 1024 * 1024,
    disk_bytes=16 * 1024 * 1024,
    disk_files=2000,
    output_bytes=64 * 1024,
)
Execute = Callable[..., Awaitable[Run]]


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that can be passed through by everybody, as the one for temporary files."""
    folder = Path(tempfile.mkdtemp(prefix="joust-test-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session", params=["bubblewrap", "container"])
async def sandbox(request: pytest.FixtureRequest) -> AsyncIterator[Sandbox]:
    """Each back end that this machine has."""
    opening = open_bubblewrap if request.param == "bubblewrap" else open_container_sandbox
    async with opening() as opened:
        yield opened


@pytest.fixture(scope="session")
async def room(sandbox: Sandbox) -> AsyncIterator[Path]:
    """A folder for the files of all programs, one after the other."""
    async with sandbox.room(uuid4()) as folder:
        yield folder


@pytest.fixture
async def execute(sandbox: Sandbox, room: Path) -> AsyncIterator[Execute]:
    """Execute Python code, or ``argv``, with small limits. After the test a good program is executed: the
    worker is unharmed."""

    async def run(code: str = "", *, argv: tuple[str, ...] = (), stdin: bytes = b"", **limits: float) -> Run:
        (room / "main.py").write_text(code)
        program = Program(argv or ("python3", "main.py"), room, stdin, limits=replace(QUICK, **limits))
        return await sandbox.run(program)

    yield run
    well = await run("print(sum(map(int, input().split())))", stdin=b"20 22\n", seconds=20)
    assert (well.ending, well.exit_code, well.stdout) == (Ending.EXITED, 0, b"42\n"), well
