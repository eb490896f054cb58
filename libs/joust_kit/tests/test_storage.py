"""Objects: what is read is what was written, and storage that fails says so."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from joust_contracts.services import ServiceName
from joust_kit.errors import Unavailable
from joust_kit.settings import ServiceSettings
from joust_kit.storage import ObjectChanged, ObjectMissing, ObjectStorage, Storage
from joust_kit.testing.memory_store import MemoryStore
from tests.support.objects import content_of


async def in_chunks(content: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(content), 1000):
        yield content[start : start + 1000]


def settings_for(parts: Any, **changes: Any) -> ServiceSettings:
    known = ServiceSettings.model_fields
    values = {key: value for key, value in parts.settings_of(ServiceName.SUBMISSION).items() if key in known}
    return ServiceSettings(
        **{**values, "database_url": "postgresql+asyncpg://nobody@127.0.0.1/no", **changes}
    )


@pytest.fixture
async def s3(parts: Any) -> AsyncIterator[ObjectStorage]:
    async with ObjectStorage(settings_for(parts)) as opened:
        yield opened


@pytest.fixture(params=["s3", "memory"])
async def storage(request: pytest.FixtureRequest, s3: ObjectStorage) -> AsyncIterator[Storage]:
    async with MemoryStore() if request.param == "memory" else s3 as opened:
        yield opened


async def put(storage: Storage, content: bytes) -> str:
    key = f"tests/{uuid4()}"
    written = await storage.put(key, in_chunks(content), size_bytes=len(content), content_type="text/plain")
    assert (written.size_bytes, written.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    return key


async def test_an_object_is_read_as_it_was_written(storage: Storage) -> None:
    content = b"joust " * 5000
    key = await put(storage, content)
    digest = hashlib.sha256(content).hexdigest()
    assert await content_of(storage, key, sha256=digest, max_bytes=len(content)) == content


@pytest.mark.parametrize("part", [None, (0, 0), (1000, 299_999), (299_998, 299_999)])
async def test_a_part_of_an_object_has_both_its_ends(storage: Storage, part: tuple[int, int] | None) -> None:
    content = b"joust " * 50_000
    async with storage.open_part(await put(storage, content), part) as chunks:
        read = b"".join([chunk async for chunk in chunks])
    assert read == (content if part is None else content[part[0] : part[1] + 1])
    with pytest.raises(ObjectMissing):
        async with storage.open_part("tests/nothing", part):
            pass


async def test_an_object_that_was_changed_is_not_given_out(storage: Storage) -> None:
    key = await put(storage, b"what was promised")
    promised = hashlib.sha256(b"what was promised").hexdigest()
    await storage.put(key, in_chunks(b"something else!!!"), size_bytes=17, content_type="text/plain")
    with pytest.raises(ObjectChanged):
        await content_of(storage, key, sha256=promised, max_bytes=100)


async def test_an_object_that_is_larger_than_expected_is_not_read_whole(storage: Storage) -> None:
    key = await put(storage, b"x" * 5000)
    with pytest.raises(ObjectChanged):
        await content_of(storage, key, sha256="", max_bytes=100)


async def test_writing_a_key_again_replaces_the_object(storage: Storage) -> None:
    key = await put(storage, b"first")
    await storage.put(key, in_chunks(b"second"), size_bytes=6, content_type="text/plain")
    digest = hashlib.sha256(b"second").hexdigest()
    assert await content_of(storage, key, sha256=digest, max_bytes=6) == b"second"


async def test_an_object_that_is_not_there_is_missing_and_can_be_deleted(storage: Storage) -> None:
    key = await put(storage, b"short lived")
    await storage.delete(key)
    await storage.delete(key)
    with pytest.raises(ObjectMissing):
        await content_of(storage, key, sha256="", max_bytes=10)


async def test_a_client_can_put_and_get_by_presigned_urls(s3: ObjectStorage) -> None:
    key = f"tests/{uuid4()}"
    async with httpx2.AsyncClient(timeout=30) as client:
        put_url = s3.presigned_put(key, expires=timedelta(minutes=1))
        assert (await client.put(put_url, content=b"from a client")).status_code == 200
        got = await client.get(s3.presigned_get(key, expires=timedelta(minutes=1)))
    assert got.content == b"from a client"


async def test_storage_that_does_not_answer_is_unavailable(parts: Any) -> None:
    nowhere = settings_for(parts, s3_endpoint_url="http://127.0.0.1:1")
    async with ObjectStorage(nowhere) as storage:
        with pytest.raises(Unavailable):
            await storage.ping()


async def test_a_listing_of_many_pages_names_every_object_under_the_prefix(storage: ObjectStorage) -> None:
    folder = f"tests/{uuid4()} &+/"
    keys = [f"{folder}{number:04}" for number in range(1003)]  # a page has 1000

    async def write(key: str) -> None:
        async with writers:
            await storage.put(key, in_chunks(b"x"), size_bytes=1, content_type="text/plain")

    writers = asyncio.Semaphore(32)
    await asyncio.gather(*map(write, keys))
    listed = [each async for each in storage.list_objects(folder)]
    assert [each.key for each in listed] == keys
    assert all(abs(datetime.now(UTC) - each.modified_at) < timedelta(minutes=5) for each in listed)
    assert [each async for each in storage.list_objects(f"{folder}none")] == []


async def test_the_size_of_an_object_is_told_without_reading_it(storage: Storage) -> None:
    assert await storage.size_of(await put(storage, b"x" * 70_001)) == 70_001
    with pytest.raises(ObjectMissing):
        await storage.size_of("tests/nothing")


@pytest.mark.parametrize("size_bytes", [0, 1, 9_000_000])
async def test_a_copy_is_what_its_source_was(storage: Storage, size_bytes: int) -> None:
    content = b"j" * size_bytes
    source, target = await put(storage, content), f"tests/{uuid4()}"
    await storage.copy(source, target)
    await storage.put(source, in_chunks(b"other"), size_bytes=5, content_type="text/plain")
    digest = hashlib.sha256(content).hexdigest()
    assert await content_of(storage, target, sha256=digest, max_bytes=size_bytes) == content


async def test_what_is_not_there_is_not_copied(storage: Storage) -> None:
    with pytest.raises(ObjectMissing):
        await storage.copy("tests/nothing", f"tests/{uuid4()}")
