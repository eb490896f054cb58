"""Brings an artifact from storage: streamed to a temporary file, never whole in memory, gone after use."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, TypeVar, cast

from joust_contracts.events.submissions import Artifact
from joust_evaluation.evaluations.rules import shortage_of
from joust_evaluation.resources import Resources
from joust_evaluation.settings import READ_TIMEOUT_SECONDS
from joust_kit.errors import Unavailable
from joust_kit.storage import ObjectChanged, ObjectMissing, Storage, as_promised

_IN_MEMORY_BYTES = 1_000_000
"""Larger artifacts lie on disk, in a file without a name: it is gone even if the process is killed."""

T = TypeVar("T")


class Unusable(Exception):
    """The artifact can never be judged; carries a reason for the agent."""


class Lost(Unusable):
    """Storage has it no more, or not as it was; the agent has no part in that."""


class Unreachable(Exception):
    """The artifact can't be brought just now; carries a reason."""


@asynccontextmanager
async def fetched(artifact: Artifact | None, resources: Resources) -> AsyncIterator[BinaryIO]:
    """The artifact as a file for the length of the block, if it is the one that was handed in.

    Raises ``Unusable``, ``Lost`` or ``Unreachable`` before the block begins.
    """
    if artifact is None:
        raise Lost("The submission has no artifact. Submit again.")
    if artifact.size_bytes > resources.max_artifact_bytes:
        raise Unusable(
            f"The artifact has {artifact.size_bytes} bytes; {resources.max_artifact_bytes} are allowed."
        )
    file = SpooledTemporaryFile[bytes](_IN_MEMORY_BYTES)
    try:
        await _bring(artifact, file, resources.storage)
        yield cast("BinaryIO", file)
    finally:
        # Giving back 100 MB of disk takes a while; on a full one, even closing complains.
        with suppress(OSError):
            await in_thread(file.close)


async def in_thread(work: Callable[[], T]) -> T:
    """What ``work`` returns. Whoever is cancelled meanwhile stays until it is done, so that no thread is
    left behind that uses a file after its end."""
    running = asyncio.get_running_loop().run_in_executor(None, work)
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait([running])
        raise


async def _bring(artifact: Artifact, file: "SpooledTemporaryFile[bytes]", storage: Storage) -> None:
    try:
        async with asyncio.timeout(READ_TIMEOUT_SECONDS), storage.open(artifact.key) as chunks:
            promised = as_promised(
                artifact.key, chunks, sha256=artifact.sha256, max_bytes=artifact.size_bytes
            )
            async for chunk in promised:
                await in_thread(partial(file.write, chunk))
            await in_thread(file.flush)
    except ObjectMissing as error:
        raise Lost("The artifact is gone from storage. Submit again.") from error
    except ObjectChanged as error:
        raise Lost("The artifact in storage is not the one that was submitted. Submit again.") from error
    except (Unavailable, TimeoutError) as error:
        raise Unreachable("The storage of artifacts does not answer.") from error
    except OSError as error:
        raise Unreachable(shortage_of(error) or "The artifact can't be kept on the judge's disk.") from error
