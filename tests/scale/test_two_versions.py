"""Row F19: an older version and this one side by side, the schemas migrated under load, and the way back.

The older version is that of a commit of this repository, which ``JOUST_TEST_OLD_REVISION`` names: by default the last
one without the newest migration. Its code runs from a copy of that commit, with the packages that are installed now.
"""

import asyncio
import io
import os
import subprocess
import sys
import tarfile
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from unittest import mock

import pytest

from joust_embedded.settings import service_of
from joust_embedded.stack import Stack
from tests.conftest import FOR_TESTS
from tests.scale.conftest import PARTITIONS
from tests.support.arena import Arena, eventually
from tests.support.balancing import Balanced
from tests.support.load import TO_THE_END_SECONDS, History, play
from tests.support.parts import ROOT, of_tests
from tests.support.paying import CENTS, Payer
from tests.support.soundness import arena_is_sound

pytestmark = pytest.mark.campaign
MIGRATIONS = ":(glob)services/*/joust_*/migrations/versions/*.py"
STATE_SECONDS = 600.0
BOUNTIES = 3
"""Are played to their end in each state of the upgrade."""
DEPOSIT_CENTS = 1_000 * CENTS


def git(*arguments: str) -> bytes:
    return subprocess.run(["git", "-C", str(ROOT), *arguments], check=True, capture_output=True).stdout


@pytest.fixture(scope="module")
def old_code(tmp_path_factory: pytest.TempPathFactory) -> str:
    """``PYTHONPATH`` of the older version."""
    newest_migration = git("log", "-1", "--diff-filter=A", "--format=%H", "--", MIGRATIONS).decode().strip()
    revision = os.environ.get("JOUST_TEST_OLD_REVISION") or f"{newest_migration}^"
    folder = tmp_path_factory.mktemp("old")
    packed = git("archive", revision, "contracts", "libs", "services")
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        archive.extractall(folder, filter="data")
    print(f"the older version is {git('log', '-1', '--format=%h %s', revision).decode().strip()}")
    packages = [folder / "contracts", folder / "libs" / "joust_kit", *sorted((folder / "services").iterdir())]
    return os.pathsep.join(map(str, packages))


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory, old_code: str) -> Iterator[Stack]:
    """Made by the older version: two processes of each service, and its schemas."""
    settings = of_tests(tmp_path_factory.mktemp("versions"), replicas=2, kafka_partitions=PARTITIONS)
    with mock.patch.dict(os.environ, {**FOR_TESTS, "PYTHONPATH": old_code}):
        running = Stack(settings)
        running.start()
    for process in settings.processes:
        running.restart(process, without_a_name(process))
    yield running
    running.stop()


def without_a_name(process: str) -> dict[str, str]:
    """Has a process leave its consumer group when it is told to stop, also if it is of a version that keeps the
    partitions of a process with a name for its successor, and so from all others meanwhile."""
    return {f"JOUST_{service_of(process).upper()}_CONSUMER_INSTANCE_ID": ""}


@pytest.fixture
async def balanced(stack: Stack) -> AsyncIterator[Balanced]:
    opened = Balanced(stack.urls_of("gateway"))
    yield opened
    await opened.close()


class Load:
    """Bounties, and work of every kind whose money is held, one after another until it is told to stop."""

    def __init__(self, arena: Arena, payer: Payer) -> None:
        self.arena = arena
        self.history = History()
        self._payer = payer
        self._ways: Counter[str] = Counter()
        self._stop = asyncio.Event()
        self._playing = [
            asyncio.create_task(play(arena, self._stop, self.history)),
            asyncio.create_task(self._pay()),
        ]

    async def goes_on(self) -> None:
        """Wait until some bounties that began meanwhile are over, and money has gone all its ways."""
        bounties, ways = len(self.history.finished) + BOUNTIES, min(self._ways.values(), default=0) + 1

        async def ended() -> bool:
            for each in self._playing:
                if each.done():
                    each.result()
            enough = len(self._ways) == len(self._payer.ways) and min(self._ways.values()) >= ways
            return enough and len(self.history.finished) >= bounties

        await eventually(ended, seconds=STATE_SECONDS)

    async def ends(self) -> None:
        """Begin nothing more; fails unless all that was begun ends, and each cent is where it is to be."""
        self._stop.set()
        await asyncio.wait_for(asyncio.gather(*self._playing), TO_THE_END_SECONDS)
        await self._payer.adds_up(DEPOSIT_CENTS)

    async def close(self) -> None:
        self._stop.set()
        for each in self._playing:
            each.cancel()
        await asyncio.gather(*self._playing, return_exceptions=True)
        await self.arena.close()

    @property
    def ways(self) -> int:
        return self._ways.total()

    async def _pay(self) -> None:
        while not self._stop.is_set():
            for way in self._payer.ways:
                await way()
                self._ways[way.__name__] += 1


async def test_an_upgrade_under_load_and_its_way_back_fail_no_request_and_do_nothing_twice(
    stack: Stack, balanced: Balanced, old_code: str
) -> None:
    """Each process is told to stop in good order and starts as the other version, one after another."""
    first, second = halves(stack)
    assert version_of(stack, first[0]) == Path(old_code.split(os.pathsep, maxsplit=1)[0])
    arena = Arena(stack, patience_seconds=0, transport=balanced)
    load = Load(arena, await Payer.of(arena, DEPOSIT_CENTS))
    try:
        await load.goes_on()
        await asyncio.to_thread(stack.migrate)
        await load.goes_on()
        for half, version in ((first, None), (second, None), (first, old_code), (second, old_code)):
            await restart(stack, half, version)
            assert version_of(stack, half[-1]) == Path(
                (version or str(ROOT / "contracts")).split(os.pathsep)[0]
            )
            await load.goes_on()
        await load.ends()
        print(f"{balanced.answered} answers; {balanced.sent_again} went to the other gateway")
        print(
            f"{len(load.history.finished)} bounties, {load.ways} times held money, {balanced.failed} failed"
        )
        assert balanced.failed == []
        await restart(stack, [*first, *second], None)
        await arena_is_sound(stack, load.history)
    finally:
        await load.close()


def halves(stack: Stack) -> tuple[list[str], list[str]]:
    """One process of each service, and the other one."""
    processes = stack.settings.processes
    first = [name for name in processes if name in stack.urls]
    return first, [name for name in processes if name not in first]


async def restart(stack: Stack, processes: list[str], code: str | None) -> None:
    for process in processes:
        await asyncio.to_thread(stack.restart, process, {"PYTHONPATH": code})


def version_of(stack: Stack, process: str) -> Path:
    """From where a process has the contracts."""
    found = subprocess.run(
        [sys.executable, "-c", "import joust_contracts; print(joust_contracts.__path__[0])"],
        env=stack._supervisor.children[process].spec.env,
        check=True,
        capture_output=True,
        text=True,
    )
    return Path(found.stdout.strip()).parent
