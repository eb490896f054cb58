"""Large objects in parts: what clients send by signed URLs becomes one object, or nothing."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from joust_kit.multipart import MIN_PART_BYTES, ObjectParts, Part, PartsRefused, UploadMissing
from joust_kit.storage import ObjectMissing, ObjectStorage
from libs.joust_kit.tests.test_storage import settings_for

LARGE = b"j" * MIN_PART_BYTES
MINUTE = timedelta(minutes=1)


class Upload:
    """One upload, as its client sees it."""

    def __init__(self, storage: ObjectStorage, key: str, id: str) -> None:
        self.storage, self.parts = storage, ObjectParts(storage)
        self.key, self.id = key, id

    async def put(self, number: int, content: bytes) -> str:
        """Send a part by its URL; its ETag."""
        url = self.parts.presigned_part(self.key, self.id, number, expires=MINUTE)
        async with httpx2.AsyncClient(timeout=60) as client:
            answer = (await client.put(url, content=content)).raise_for_status()
        return str(answer.headers["ETag"]).strip('"')

    async def there(self) -> list[Part]:
        """Parts that arrived."""
        return list(await self.parts.parts_of(self.key, self.id))


@pytest.fixture
async def upload(parts: Any) -> AsyncIterator[Upload]:
    async with ObjectStorage(settings_for(parts)) as storage:
        key = f"tests/{uuid4()}"
        upload_id = await ObjectParts(storage).begin(key, content_type="application/zip")
        yield Upload(storage, key, upload_id)
        await ObjectParts(storage).abort(key, upload_id)


async def test_parts_in_any_order_and_one_of_them_again_become_one_object(upload: Upload) -> None:
    last = await upload.put(2, b"the end")
    await upload.put(1, b"wrong" * 2_000_000)
    first = await upload.put(1, LARGE)
    again, there = await upload.there()
    # Of two puts within a second a store may list either; the one that is named makes the object.
    assert (again.number, there) == (1, Part(2, last, 7))
    with pytest.raises(ObjectMissing):
        await upload.storage.size_of(upload.key)
    await upload.parts.complete(upload.key, upload.id, [(1, first), (2, last)])
    assert await upload.storage.size_of(upload.key) == len(LARGE) + 7
    async with upload.storage.open_part(upload.key, (len(LARGE) - 1, len(LARGE) + 6)) as chunks:
        assert b"".join([chunk async for chunk in chunks]) == b"jthe end"


async def test_parts_that_are_not_there_make_no_object(upload: Upload) -> None:
    first = await upload.put(1, b"only")
    for named in ([(1, "0" * 32)], [(1, first), (2, first)]):
        with pytest.raises(PartsRefused):
            await upload.parts.complete(upload.key, upload.id, named)
    with pytest.raises(ObjectMissing):
        await upload.storage.size_of(upload.key)


async def test_an_upload_that_ended_takes_no_parts_and_can_not_be_completed(upload: Upload) -> None:
    first = await upload.put(1, b"only")
    await upload.parts.abort(upload.key, upload.id)
    await upload.parts.abort(upload.key, upload.id)
    with pytest.raises(httpx2.HTTPStatusError):
        await upload.put(1, b"late")
    with pytest.raises(UploadMissing):
        await upload.there()
    with pytest.raises(UploadMissing):
        await upload.parts.complete(upload.key, upload.id, [(1, first)])


async def test_a_url_is_good_for_its_own_part_alone(upload: Upload) -> None:
    url = upload.parts.presigned_part(upload.key, upload.id, 1, expires=MINUTE)
    async with httpx2.AsyncClient(timeout=60) as client:
        for forged in (
            url.replace("partNumber=1", "partNumber=2"),
            url.replace(upload.key, f"{upload.key}x"),
            url.replace("partNumber=1&", ""),
        ):
            assert (await client.put(forged, content=b"x")).status_code == 403
        assert (await client.get(url)).status_code == 403
    assert await upload.there() == []


async def test_a_url_of_a_part_that_has_expired_allows_nothing(upload: Upload) -> None:
    url = upload.parts.presigned_part(upload.key, upload.id, 1, expires=timedelta(seconds=1))
    async with httpx2.AsyncClient(timeout=60) as client, asyncio.timeout(10):
        while (await client.put(url, content=b"x")).status_code != 403:
            await asyncio.sleep(0.1)


async def test_uploads_that_go_on_are_listed_until_they_end(upload: Upload) -> None:
    async def begun() -> list[str]:
        return [each.upload_id async for each in upload.parts.list_begun(upload.key)]

    assert await begun() == [upload.id]
    await upload.parts.abort(upload.key, upload.id)
    assert await begun() == []
