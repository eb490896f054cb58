"""Begins uploads in storage, before any transaction: no connection waits for storage."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import NamedTuple
from uuid import UUID

from joust_contracts.internal.drafts import NewAsset
from joust_kit.multipart import PartStorage
from joust_kit.observability.logging import get_logger
from joust_submission.assets.keys import key_of_upload
from joust_submission.resources import Resources

log = get_logger(__name__)

_AT_ONCE = 8


class Begun(NamedTuple):
    """A file that is about to be uploaded."""

    asset_id: UUID
    file: NewAsset
    upload_id: str | None
    """Of an upload in parts."""


@asynccontextmanager
async def begun(
    resources: Resources, draft_id: UUID, files: Sequence[NewAsset]
) -> AsyncIterator[Sequence[Begun]]:
    """Uploads of all files, given up again if the block fails. What a killed process leaves, a sweep ends.

    Raises ``Unavailable``.
    """
    turns = asyncio.Semaphore(_AT_ONCE)

    async def one(file: NewAsset) -> Begun:
        asset_id = resources.database.ids.new()
        if file.size <= resources.settings.asset_single_max_bytes:
            return Begun(asset_id, file, None)
        async with turns:
            key = key_of_upload(draft_id, asset_id)
            return Begun(asset_id, file, await resources.parts.begin(key, content_type=file.content_type))

    all_begun = await asyncio.gather(*map(one, files))
    try:
        yield all_begun
    except BaseException:
        await _give_up(resources.parts, draft_id, all_begun)
        raise


async def _give_up(parts: PartStorage, draft_id: UUID, all_begun: Sequence[Begun]) -> None:
    for each in all_begun:
        if each.upload_id is not None:
            try:
                await parts.abort(key_of_upload(draft_id, each.asset_id), each.upload_id)
            except Exception as error:  # noqa: BLE001 - a sweep does it later
                log.warning("upload was not aborted", error=repr(error))
