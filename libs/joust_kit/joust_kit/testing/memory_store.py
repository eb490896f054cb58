"""Objects in memory, as S3 would keep them for one process."""

import hashlib
from collections import defaultdict
from collections.abc import AsyncIterable, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self

from joust_kit.clock import Clock, SystemClock
from joust_kit.errors import Unavailable
from joust_kit.storage import CHUNK_BYTES, ListedObject, ObjectFacts, ObjectMissing, StoredObject


class MemoryStore:
    """A bucket that lasts as long as the object; opening it again finds what was there."""

    def __init__(self, clock: Clock | None = None) -> None:
        self.objects: dict[str, bytes] = {}
        self.modified_at: dict[str, datetime] = {}
        self.content_types: defaultdict[str, str] = defaultdict(str)
        """Empty for what a client put without a type."""
        self.clock = clock or SystemClock()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        return

    async def put(
        self, key: str, body: AsyncIterable[bytes], *, size_bytes: int, content_type: str
    ) -> StoredObject:
        """Nothing is there before all has come, and nothing if it is not ``size_bytes`` long."""
        content = b"".join([chunk async for chunk in body])
        if len(content) != size_bytes:
            raise Unavailable("Storage got another size than was announced. Nothing was changed; try again.")
        self.objects[key] = content
        self.content_types[key] = content_type
        self.modified_at[key] = self.clock.now()
        return StoredObject(key, size_bytes, hashlib.sha256(content).hexdigest())

    @asynccontextmanager
    async def open(self, key: str) -> AsyncIterator[AsyncIterator[bytes]]:
        """The bytes as they are now, whatever happens to the key meanwhile."""
        if key not in self.objects:
            raise ObjectMissing(key)
        yield _in_chunks(self.objects[key])

    @asynccontextmanager
    async def open_part(self, key: str, part: tuple[int, int] | None) -> AsyncIterator[AsyncIterator[bytes]]:
        """As ``open``, but a part."""
        if key not in self.objects:
            raise ObjectMissing(key)
        content = self.objects[key]
        yield _in_chunks(content if part is None else content[part[0] : part[1] + 1])

    async def size_of(self, key: str) -> int:
        """Its length."""
        if key not in self.objects:
            raise ObjectMissing(key)
        return len(self.objects[key])

    async def describe(self, key: str, *, with_checksum: bool = False) -> ObjectFacts:
        """As of an object that came in one piece, without a checksum."""
        size_bytes = await self.size_of(key)
        return ObjectFacts(size_bytes, self._etag_of(key), self.content_types[key])

    async def copy(self, source_key: str, key: str, *, content_type: str | None = None) -> None:
        """The same bytes twice."""
        if source_key not in self.objects:
            raise ObjectMissing(source_key)
        self.objects[key] = self.objects[source_key]
        self.content_types[key] = content_type or self.content_types[source_key]
        self.modified_at[key] = self.clock.now()

    async def delete(self, key: str) -> None:
        """Forget the object."""
        self.objects.pop(key, None)

    async def list_objects(self, prefix: str) -> AsyncIterator[ListedObject]:
        """As they are now."""
        for key in sorted(self.objects):
            if key.startswith(prefix):
                size_bytes = len(self.objects[key])
                yield ListedObject(key, self.modified_at[key], size_bytes, self._etag_of(key))

    def presigned_put(self, key: str, *, expires: timedelta, headers: Mapping[str, str] | None = None) -> str:
        """A URL that nobody serves."""
        return f"memory://put/{key}"

    def presigned_get(
        self, key: str, *, expires: timedelta, download_as: str | None = None, content_type: str | None = None
    ) -> str:
        """A URL that nobody serves."""
        return f"memory://get/{key}"

    async def ping(self) -> None:
        """Memory always answers."""

    def _etag_of(self, key: str) -> str:
        return hashlib.md5(self.objects[key], usedforsecurity=False).hexdigest()


async def _in_chunks(content: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(content), CHUNK_BYTES):
        yield content[start : start + CHUNK_BYTES]
