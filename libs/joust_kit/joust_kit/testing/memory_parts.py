"""Uploads in parts to a ``MemoryStore``, as S3 would take them."""

import hashlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import uuid4

from joust_kit.multipart import BegunUpload, Part, PartsRefused, UploadMissing
from joust_kit.testing.memory_store import MemoryStore


@dataclass
class _Upload:
    key: str
    begun_at: datetime
    parts: dict[int, bytes] = field(default_factory=dict)


class MemoryParts:
    """Uploads that last as long as the object."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store
        self._uploads: dict[str, _Upload] = {}

    async def begin(self, key: str, *, content_type: str) -> str:
        """An id that nobody else has."""
        upload_id = uuid4().hex
        self._uploads[upload_id] = _Upload(key, self._store.clock.now())
        return upload_id

    def presigned_part(self, key: str, upload_id: str, number: int, *, expires: timedelta) -> str:
        """A URL that nobody serves."""
        return f"memory://part/{key}?partNumber={number}&uploadId={upload_id}"

    def put_part(self, upload_id: str, number: int, content: bytes) -> str:
        """What a client would do; the part's ETag."""
        self._uploads[upload_id].parts[number] = content
        return _etag(content)

    async def parts_of(self, key: str, upload_id: str, *, after: int = 0) -> Sequence[Part]:
        """By number."""
        parts = self._find(upload_id).parts
        numbers = [number for number in sorted(parts) if number > after]
        return [Part(number, _etag(parts[number]), len(parts[number])) for number in numbers[:1000]]

    async def complete(self, key: str, upload_id: str, parts: Sequence[tuple[int, str]]) -> None:
        """All at once."""
        found = self._find(upload_id).parts
        numbers = [number for number, _ in parts]
        if numbers != sorted(set(numbers)):
            raise PartsRefused("InvalidPartOrder")
        if any(number not in found or _etag(found[number]) != etag for number, etag in parts):
            raise PartsRefused("InvalidPart")
        content = b"".join(found[number] for number in numbers)

        async def chunks() -> AsyncIterator[bytes]:
            yield content

        await self._store.put(key, chunks(), size_bytes=len(content), content_type="")
        del self._uploads[upload_id]

    async def abort(self, key: str, upload_id: str) -> None:
        """Forget it."""
        self._uploads.pop(upload_id, None)

    async def list_begun(self, prefix: str) -> AsyncIterator[BegunUpload]:
        """As they are now."""
        for upload_id, upload in list(self._uploads.items()):
            if upload.key.startswith(prefix):
                yield BegunUpload(upload.key, upload_id, upload.begun_at)

    def _find(self, upload_id: str) -> _Upload:
        if upload_id not in self._uploads:
            raise UploadMissing(upload_id)
        return self._uploads[upload_id]


def _etag(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()
