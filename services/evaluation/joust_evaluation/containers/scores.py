"""What a container said of the work, kept for the evaluation's next attempt: one run, one score."""

from collections.abc import AsyncIterator
from uuid import UUID

from pydantic import ValidationError

from joust_contracts.base import Command
from joust_evaluation.containers.contract import MAX_SCORE_BYTES, ContainerScore
from joust_evaluation.containers.logs import KEY_PREFIX
from joust_kit.storage import ObjectMissing, Storage

_MAX_BYTES = 2 * MAX_SCORE_BYTES


class KeptScore(Command):
    """A score, and by which image."""

    image: str
    """By its content."""
    score: ContainerScore


async def keep(storage: Storage, evaluation_id: UUID, pin: str, score: ContainerScore) -> None:
    """Store the score. Raises ``Unavailable``."""
    content = KeptScore(image=pin, score=score).model_dump_json().encode()

    async def body() -> AsyncIterator[bytes]:
        yield content

    await storage.put(
        _key_of(evaluation_id), body(), size_bytes=len(content), content_type="application/json"
    )


async def find(storage: Storage, evaluation_id: UUID, pin: str) -> ContainerScore | None:
    """What that image said in an attempt before, if it was kept. Raises ``Unavailable``."""
    content = bytearray()
    try:
        async with storage.open(_key_of(evaluation_id)) as chunks:
            async for chunk in chunks:
                content += chunk
                if len(content) > _MAX_BYTES:
                    return None
        kept = KeptScore.model_validate_json(bytes(content))
    except (ObjectMissing, ValidationError):
        return None
    return kept.score if kept.image == pin else None


def _key_of(evaluation_id: UUID) -> str:
    return f"{KEY_PREFIX}{evaluation_id}/container-score.json"
