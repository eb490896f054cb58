"""What a container said of the work, kept for the evaluation's next attempt: one run, one score."""

from uuid import UUID

from pydantic import ValidationError

from joust_contracts.base import Command
from joust_evaluation.containers.contract import MAX_SCORE_BYTES, ContainerScore
from joust_evaluation.evaluations import documents
from joust_evaluation.evaluations.documents import Document
from joust_kit.storage import Storage

_MAX_BYTES = 2 * MAX_SCORE_BYTES


class KeptScore(Command):
    """A score, and by which image."""

    image: str
    """By its content."""
    score: ContainerScore


async def keep(storage: Storage, evaluation_id: UUID, pin: str, score: ContainerScore) -> None:
    """Store the score. Raises ``Unavailable``."""
    kept = KeptScore(image=pin, score=score)
    await documents.keep(storage, evaluation_id, Document.CONTAINER_SCORE, kept)


async def find(storage: Storage, evaluation_id: UUID, pin: str) -> ContainerScore | None:
    """What that image said in an attempt before, if it was kept. Raises ``Unavailable``."""
    content = await documents.read(storage, evaluation_id, Document.CONTAINER_SCORE, _MAX_BYTES)
    if content is None:
        return None
    try:
        kept = KeptScore.model_validate_json(content)
    except ValidationError:
        return None
    return kept.score if kept.image == pin else None
