"""What a container wrote, kept for the task's owner: one object for each evaluation, of its latest run."""

from uuid import UUID

from joust_contracts.internal.evaluations import ContainerLog
from joust_evaluation.containers.errors import NoLog
from joust_evaluation.containers.running import Finished
from joust_evaluation.evaluations import documents
from joust_evaluation.evaluations.documents import Document
from joust_kit.storage import Storage

_MAX_BYTES = 1_000_000


async def keep(storage: Storage, evaluation_id: UUID, pin: str, finished: Finished) -> None:
    """Store the log in place of that of an earlier run. Raises ``Unavailable``."""
    kept = ContainerLog(
        image=pin,
        exit_code=finished.exit_code,
        problem=finished.problem,
        seconds=round(finished.seconds, 3),
        stdout=_text(finished.stdout),
        stderr=_text(finished.stderr),
    )
    await documents.keep(storage, evaluation_id, Document.CONTAINER_LOG, kept)


async def read(storage: Storage, evaluation_id: UUID) -> ContainerLog:
    """The log. Raises ``NoLog`` or ``Unavailable``."""
    content = await documents.read(storage, evaluation_id, Document.CONTAINER_LOG, _MAX_BYTES)
    if content is None:
        raise NoLog()
    return ContainerLog.model_validate_json(content)


def _text(output: bytes) -> str:
    return output.decode(errors="replace").replace("\0", "\N{REPLACEMENT CHARACTER}")
