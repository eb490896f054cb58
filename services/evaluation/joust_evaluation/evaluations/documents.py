"""Documents about an evaluation in storage, each in place of what an earlier attempt left."""

from collections.abc import AsyncIterator
from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel

from joust_kit.storage import ObjectMissing, Storage


class Document(StrEnum):
    """What may be kept, by the name of its object."""

    CONTAINER_LOG = "container-log"
    CONTAINER_SCORE = "container-score"
    TEST_RESULTS = "test-results"


async def keep(storage: Storage, evaluation_id: UUID, document: Document, content: BaseModel) -> None:
    """Store the document as JSON. Raises ``Unavailable``."""
    encoded = content.model_dump_json().encode()

    async def body() -> AsyncIterator[bytes]:
        yield encoded

    key = _key_of(evaluation_id, document)
    await storage.put(key, body(), size_bytes=len(encoded), content_type="application/json")


async def read(storage: Storage, evaluation_id: UUID, document: Document, max_bytes: int) -> bytes | None:
    """The document's JSON; ``None`` if there is none of at most so many bytes. Raises ``Unavailable``."""
    content = bytearray()
    try:
        async with storage.open(_key_of(evaluation_id, document)) as chunks:
            async for chunk in chunks:
                content += chunk
                if len(content) > max_bytes:
                    return None
    except ObjectMissing:
        return None
    return bytes(content)


def _key_of(evaluation_id: UUID, document: Document) -> str:
    # Nothing in it comes from outside.
    return f"evaluations/{evaluation_id}/{document}.json"
