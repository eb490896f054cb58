"""Verifies in storage what is handed in, and puts it where nobody outside can write.

What came by one PUT is copied within storage, because its URL works until it expires; what came in parts is
not: with its upload over, its URLs write nowhere.
"""

import asyncio
from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from pydantic import JsonValue

from joust_contracts.vocabulary import AssetStatus
from joust_kit.ids import Ids
from joust_kit.orphans import remove_if_possible
from joust_kit.storage import ObjectFacts, ObjectMissing, Storage
from joust_submission.assets.errors import NotThere
from joust_submission.assets.keys import key_of_asset, key_of_upload
from joust_submission.assets.models import Asset

_AT_ONCE = 16
_NAMED_AT_MOST = 20


class Verified(NamedTuple):
    """A file as it lies in storage."""

    asset_id: UUID
    key: str
    size_bytes: int


async def verify(storage: Storage, files: Sequence[Asset], ids: Ids) -> list[Verified]:
    """All of ``files``. Raises ``NotThere``, which names those that are not as announced, ``Unavailable``."""
    turns = asyncio.Semaphore(_AT_ONCE)
    problems: dict[str, JsonValue] = {}

    async def one(asset: Asset) -> Verified | None:
        async with turns:
            try:
                return await _settle(storage, asset, ids.new())
            except _Wrong as wrong:
                problems[str(asset.id)] = str(wrong)
                return None

    found = await asyncio.gather(*map(one, files))
    if problems:
        raise NotThere(None, **dict(list(problems.items())[:_NAMED_AT_MOST]))
    return [each for each in found if each is not None]


class _Wrong(Exception):
    """Why a file can't be handed in."""


async def _settle(storage: Storage, asset: Asset, copy_id: UUID) -> Verified:
    source = key_of_upload(asset.draft_id, asset.id)
    in_parts = asset.upload_id is not None
    if in_parts and asset.status is not AssetStatus.UPLOADED:
        raise _Wrong("its parts were not completed")
    try:
        if in_parts:
            _check(asset, await storage.describe(source), in_parts=True)
            return Verified(asset.id, source, asset.size_bytes)
        target = key_of_asset(asset.draft_id, asset.id, copy_id)
        await storage.copy(source, target)
    except ObjectMissing as error:
        raise _Wrong("was not uploaded") from error
    # The copy is looked at, and nothing else: what lies at the source may be replaced at any moment.
    try:
        _check(asset, await storage.describe(target), in_parts=False)
    except _Wrong:
        await remove_if_possible(storage, target)
        raise
    return Verified(asset.id, target, asset.size_bytes)


def _check(asset: Asset, facts: ObjectFacts, *, in_parts: bool) -> None:
    if facts.size_bytes != asset.size_bytes:
        raise _Wrong(f"has {facts.size_bytes} bytes; {asset.size_bytes} were announced")
    if facts.content_type != asset.content_type:
        raise _Wrong(f"has the type {facts.content_type[:100]}; {asset.content_type} was announced")
    if asset.md5 is not None and not in_parts and facts.etag != asset.md5:
        raise _Wrong("has another MD5 than was announced")
