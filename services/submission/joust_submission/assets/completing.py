"""Makes one object of the parts of a file, and sees that it is the one that was announced."""

from collections.abc import Sequence

from joust_contracts.internal.drafts import CompletedPart
from joust_contracts.vocabulary import AssetStatus
from joust_kit.multipart import PartsRefused as RefusedByStorage
from joust_kit.multipart import UploadMissing
from joust_kit.storage import ObjectMissing
from joust_submission.assets.errors import NotInParts, PartsRefused, UploadOver
from joust_submission.assets.keys import key_of_upload
from joust_submission.assets.models import Asset
from joust_submission.assets.rules import check_parts
from joust_submission.resources import Resources


async def complete_in_storage(resources: Resources, asset: Asset, parts: Sequence[CompletedPart]) -> None:
    """The object is there afterwards, with the announced size; it may have been already.

    Raises ``NotInParts``, ``UploadOver``, ``PartsRefused`` or ``Unavailable``.
    """
    if asset.upload_id is None:
        raise NotInParts()
    if asset.status not in {AssetStatus.PENDING, AssetStatus.UPLOADED}:
        raise UploadOver(status=asset.status.value)
    check_parts([part.part_number for part in parts], asset.plan)
    key = key_of_upload(asset.draft_id, asset.id)
    named = [(part.part_number, part.etag.strip('"')) for part in parts]
    # An object of this key is there only if a request before this one completed the upload.
    if await _size(resources, key) is None:
        try:
            await resources.parts.complete(key, asset.upload_id, named)
        except RefusedByStorage as error:
            raise PartsRefused(None, parts=str(error)) from error
        except UploadMissing as error:
            # Somebody else may have completed it just now; then the object is there.
            if await _size(resources, key) is None:
                raise UploadOver() from error
    size_bytes = await _size(resources, key)
    if size_bytes != asset.size_bytes:
        raise PartsRefused(None, size_bytes=size_bytes, announced=asset.size_bytes)


async def _size(resources: Resources, key: str) -> int | None:
    try:
        return await resources.storage.size_of(key)
    except ObjectMissing:
        return None
