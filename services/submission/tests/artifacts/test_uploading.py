"""An artifact is in storage once its submission is taken, and only then."""

import asyncio

import pytest

from joust_kit.ids import RandomIds
from joust_submission.artifacts.keys import key_of
from joust_submission.artifacts.packing import packed
from joust_submission.artifacts.uploading import uploaded
from services.submission.tests.conftest import Arena, noise
from tests.support.objects import content_of


async def test_an_archive_of_many_chunks_arrives_whole(arena: Arena) -> None:
    async with packed({"noise": noise(600_000)}, 10_000_000) as archive:
        assert archive.size_bytes > 3 * 256 * 1024
        async with uploaded(arena.storage, RandomIds().new(), archive) as artifact:
            content = await content_of(arena.storage, artifact.key, sha256=artifact.sha256)
    assert len(content) == artifact.size_bytes
    await arena.storage.delete(artifact.key)


@pytest.mark.parametrize("ending", [ValueError, asyncio.CancelledError])
async def test_an_object_whose_submission_is_not_taken_is_removed(
    arena: Arena, ending: type[BaseException]
) -> None:
    submission_id = RandomIds().new()

    async def end_badly() -> None:
        async with packed({"a": "b"}, 10_000) as archive, uploaded(arena.storage, submission_id, archive):
            assert await arena.has_object(key_of(submission_id))
            raise ending

    with pytest.raises(ending):
        await end_badly()
    assert not await arena.has_object(key_of(submission_id))
