"""What a container wrote, kept for the task's owner: one object for each evaluation, of its latest run."""

from collections.abc import AsyncIterator
from uuid import UUID

from joust_contracts.internal.evaluations import ContainerLog
from joust_evaluation.containers.errors import NoLog
from joust_evaluation.containers.running import Finished
from joust_kit.storage import ObjectMissing, Storage

KEY_PREFIX = "evaluations/"
_MAX_BYTES = 1_000_000


def key_of(evaluation_id: UUID) -> str:
    """Where the log lies; nothing in it comes from outside."""
    return f"{KEY_PREFIX}{evaluation_id}/container-log.json"


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
    content = kept.model_dump_json().encode()

    async def body() -> AsyncIterator[bytes]:
        yield content

    await storage.put(key_of(evaluation_id), body(), size_bytes=len(content), content_type="application/json")


async def read(storage: Storage, evaluation_id: UUID) -> ContainerLog:
    """The log. Raises ``NoLog`` or ``Unavailable``."""
    try:
        async with storage.open(key_of(evaluation_id)) as chunks:
            content = bytearray()
            async for chunk in chunks:
                content += chunk
                if len(content) > _MAX_BYTES:
                    raise NoLog()
    except ObjectMissing:
        raise NoLog() from None
    return ContainerLog.model_validate_json(bytes(content))


def _text(output: bytes) -> str:
    return output.decode(errors="replace").replace("\0", "\N{REPLACEMENT CHARACTER}")
