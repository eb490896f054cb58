"""Stacks for the tests of the embedded deployment: real parts, shared where a test does not break them."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from joust_embedded.settings import SERVICES, EmbeddedSettings
from joust_embedded.stack import Stack

FAKE = Path(__file__).with_name("fake_service.py")


def eventually(condition: Callable[[], bool], limit_seconds: float = 20) -> None:
    """Poll until the condition holds; fail the test at the limit."""
    deadline = time.monotonic() + limit_seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition did not hold in time"
        time.sleep(0.02)


def processes_of(folder: Path) -> list[psutil.Process]:
    """Every process whose command line, environment or working folder names the data folder."""
    found = []
    for process in psutil.process_iter():
        try:
            words = [*process.cmdline(), process.cwd()]
        except psutil.Error:
            continue
        if process.pid != os.getpid() and any(str(folder) in word for word in words):
            found.append(process)
    return found


@pytest.fixture(scope="session")
def parts_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """PostgreSQL, Kafka and S3 alone, for all tests of the session."""
    settings = EmbeddedSettings(data_dir=tmp_path_factory.mktemp("parts"), gateway_port=0)
    with Stack.running(settings, services=()) as stack:
        yield stack


@pytest.fixture
def fake_command() -> Callable[..., list[str]]:
    """Command line of the fake service, for `Stack(commands=...)`."""

    def command(service: str, *misbehaviour: str) -> list[str]:
        return [sys.executable, str(FAKE), service, "serve", *misbehaviour]

    return command


@pytest.fixture(scope="session")
def fake_packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for PYTHONPATH: seven fake `joust_<service>` and a `joust_kit` that notes its migrations."""
    root = tmp_path_factory.mktemp("packages")
    for service in SERVICES:
        package = root / f"joust_{service}"
        package.mkdir()
        (package / "__init__.py").touch()
        (package / "__main__.py").write_text(
            f"import runpy, sys\nsys.argv[0:1] = ['fake', {service!r}]\n"
            f"runpy.run_path({str(FAKE)!r}, run_name='__main__')\n"
        )
    database = root / "joust_kit" / "database"
    database.mkdir(parents=True)
    (root / "joust_kit" / "__init__.py").touch()
    (database / "__init__.py").touch()
    (database / "migrations.py").write_text(
        "import asyncio, os, asyncpg\n"
        "def upgrade(package, url):\n"
        "    if os.environ.get('FAKE_MIGRATION_FAILS') == package:\n"
        "        raise RuntimeError('column clash')\n"
        "    asyncio.run(mark(url.replace('+asyncpg', '')))\n"
        "async def mark(dsn):\n"
        "    connection = await asyncpg.connect(dsn)\n"
        "    await connection.execute('CREATE TABLE IF NOT EXISTS migrated (id int)')\n"
        "    await connection.close()\n"
    )
    return root


@pytest.fixture
def joust(fake_packages: Path, tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run `joust ARGS` to its end; services are the fakes, the data folder a fresh one unless given."""

    def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "joust_embedded", *arguments],
            env=cli_environment(fake_packages, tmp_path / "data") | environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run


def cli_environment(packages: Path, data_dir: Path) -> dict[str, str]:
    """Environment of a `joust` command that uses the fakes."""
    path = os.pathsep.join(filter(None, [str(packages), os.environ.get("PYTHONPATH", "")]))
    values = {
        "PYTHONPATH": path,
        "JOUST_EMBEDDED_DATA_DIR": str(data_dir),
        "JOUST_EMBEDDED_GATEWAY_PORT": "0",
    }
    return {**os.environ, **values, "COLUMNS": "200"}
