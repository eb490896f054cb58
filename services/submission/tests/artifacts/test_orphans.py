"""Objects that no submission has are removed once they are old, and no others."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import pytest

from joust_kit.ids import RandomIds
from joust_kit.testing.component import an_actor
from joust_submission.artifacts.keys import KEY_PREFIX, key_of, submission_of
from joust_submission.artifacts.orphans import OrphanSweep
from services.submission.tests.conftest import Arena

new_id = RandomIds().new
HOUR = timedelta(hours=1)


@pytest.fixture
def sweep(arena: Arena) -> OrphanSweep:
    return OrphanSweep(arena.service.database, arena.storage, min_age=HOUR, interval=HOUR)


async def leave(arena: Arena, key: str) -> str:
    """What a process leaves behind that dies between its upload and its commit."""

    async def content() -> AsyncIterator[bytes]:
        yield b"lost"

    await arena.storage.put(key, content(), size_bytes=4, content_type="application/zip")
    return key


async def test_an_old_object_without_a_submission_is_removed(arena: Arena, sweep: OrphanSweep) -> None:
    orphan = await leave(arena, key_of(new_id()))
    with arena.service.clock.ahead(2 * HOUR):
        assert await sweep.sweep() >= 1
        assert await sweep.sweep() == 0
    assert not await arena.has_object(orphan)


async def test_one_that_may_still_be_committed_is_left_alone(arena: Arena, sweep: OrphanSweep) -> None:
    young = await leave(arena, key_of(new_id()))
    with arena.service.clock.ahead(HOUR - timedelta(minutes=1)):
        await sweep.sweep()
    assert await arena.has_object(young)
    await arena.storage.delete(young)


async def test_the_artifact_of_a_submission_is_kept_for_ever(arena: Arena, sweep: OrphanSweep) -> None:
    submission = await arena.submitted(an_actor(), await arena.open_task())
    with arena.service.clock.ahead(timedelta(days=1000)):
        await sweep.sweep()
    assert await arena.object_of(submission)


async def test_a_key_that_is_not_of_our_making_is_left_alone(arena: Arena, sweep: OrphanSweep) -> None:
    stranger = await leave(arena, f"{KEY_PREFIX}{new_id()}/notes.txt")
    with arena.service.clock.ahead(2 * HOUR):
        await sweep.sweep()
    assert await arena.has_object(stranger)
    await arena.storage.delete(stranger)


async def test_two_processes_that_sweep_at_once_do_no_harm(arena: Arena, sweep: OrphanSweep) -> None:
    submission = await arena.submitted(an_actor(), await arena.open_task())
    orphans = [await leave(arena, key_of(new_id())) for _ in range(5)]
    with arena.service.clock.ahead(2 * HOUR):
        await asyncio.gather(sweep.sweep(), sweep.sweep())
    assert [key for key in orphans if await arena.has_object(key)] == []
    assert await arena.object_of(submission)


@pytest.mark.parametrize(
    "key", ["", "submissions/x/artifact.zip", f"submissions/{UUID(int=1).hex}/artifact.zip", "other"]
)
def test_only_keys_of_our_own_form_name_a_submission(key: str) -> None:
    assert submission_of(key) is None
    assert submission_of(key_of(UUID(int=1))) == UUID(int=1)
