"""Verifies in storage what is handed in, and puts it where nobody outside can write.

What came by one PUT is copied within storage, because its URL works until it expires; what came in parts is
not: with its upload over, its URLs write nowhere. A file takes one request, and two pages of listings each
thousand; one whose SHA-256 was announced, or that came in parts, takes one more. Thousands of files can take
longer than a request may: what an earlier try copied is not copied again.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from pydantic import JsonValue

from joust_contracts.vocabulary import AssetStatus
from joust_kit.ids import Ids
from joust_kit.orphans import remove_if_possible
from joust_kit.storage import ListedObject, ObjectMissing, Storage
from joust_kit.turns import each_in_turn
from joust_submission.assets.errors import NotThere
from joust_submission.assets.keys import (
    asset_of,
    key_of_asset,
    key_of_upload,
    prefix_of_assets,
    prefix_of_uploads,
)
from joust_submission.assets.models import Asset

_AT_ONCE = 32
_NAMED_AT_MOST = 20
_LOST = "was not found where it was copied to; submit again"


class Verified(NamedTuple):
    """A file as it lies in storage."""

    asset_id: UUID
    key: str
    size_bytes: int


async def verify(
    storage: Storage, files: Sequence[Asset], ids: Ids, *, kept_since: datetime
) -> list[Verified]:
    """All of ``files``, which are of one draft.

    Copies of earlier tries that are older than ``kept_since`` may be swept any moment, and count for nothing.
    Raises ``NotThere``, which names those that are not as announced, or ``Unavailable``.
    """
    looking = _Looking(storage, ids)
    await looking.take_up(files, kept_since)
    await each_in_turn(files, looking.settle, at_once=_AT_ONCE)
    await looking.check_copies(files)
    if looking.problems:
        raise NotThere(None, **dict(list(looking.problems.items())[:_NAMED_AT_MOST]))
    return [Verified(asset.id, looking.lies_at[asset.id], asset.size_bytes) for asset in files]


class _Looking:
    """One look at the files of a draft."""

    def __init__(self, storage: Storage, ids: Ids) -> None:
        self._storage, self._ids = storage, ids
        self.lies_at: dict[UUID, str] = {}
        self.problems: dict[str, JsonValue] = {}

    async def take_up(self, files: Sequence[Asset], since: datetime) -> None:
        """Go on where an earlier try stopped: with the copies of what still lies at its source."""
        by_put = {asset.id: asset for asset in files if asset.upload_id is None}
        if not by_put:
            return
        draft_id = _draft_of(by_put.values())
        copies: dict[UUID, ListedObject] = {}
        async for listed in self._storage.list_objects(prefix_of_assets(draft_id)):
            if (id := asset_of(listed.key)) in by_put and listed.modified_at > since:
                copies[id] = listed
        if not copies:
            return
        async for listed in self._storage.list_objects(prefix_of_uploads(draft_id)):
            id = asset_of(listed.key)
            if id in copies and _is_same(copies[id], listed):
                self.lies_at[id] = copies[id].key

    async def settle(self, asset: Asset) -> None:
        """Put the file where it stays, or note what is wrong with it."""
        if asset.id in self.lies_at:
            return
        try:
            if asset.upload_id is None:
                await self._copy(asset)
            else:
                await self._look_at_parts(asset)
        except ObjectMissing:
            self._refuse(asset, "was not uploaded")

    async def check_copies(self, files: Sequence[Asset]) -> None:
        """Compare the copies with what was announced: what lies at the sources may be replaced meanwhile."""
        copied = {self.lies_at[asset.id]: asset for asset in files if self._is_copied(asset)}
        if not copied:
            return
        unseen = dict(copied)
        async for listed in self._storage.list_objects(prefix_of_assets(_draft_of(files))):
            if (asset := unseen.pop(listed.key, None)) is not None and (wrong := _wrong_with(asset, listed)):
                self._refuse(asset, wrong)
        for asset in unseen.values():
            self._refuse(asset, _LOST)
        fitting = [asset for asset in copied.values() if not self._is_wrong(asset)]
        stated = [asset for asset in fitting if asset.sha256 is not None]
        await each_in_turn(stated, self._check_sha256, at_once=_AT_ONCE)
        refused = [key for key, asset in copied.items() if self._is_wrong(asset)]
        await each_in_turn(refused, self._remove, at_once=_AT_ONCE)

    async def _copy(self, asset: Asset) -> None:
        target = key_of_asset(asset.draft_id, asset.id, self._ids.new())
        source = key_of_upload(asset.draft_id, asset.id)
        await self._storage.copy(source, target, content_type=asset.content_type)
        self.lies_at[asset.id] = target

    async def _look_at_parts(self, asset: Asset) -> None:
        if asset.status is not AssetStatus.UPLOADED:
            self._refuse(asset, "its parts were not completed")
            return
        key = key_of_upload(asset.draft_id, asset.id)
        facts = await self._storage.describe(key)
        if facts.size_bytes != asset.size_bytes:
            self._refuse(asset, _other_size(asset, facts.size_bytes))
        elif facts.content_type != asset.content_type:
            shown = facts.content_type[:100]
            self._refuse(asset, f"has the type {shown}; {asset.content_type} was announced")
        else:
            self.lies_at[asset.id] = key

    async def _check_sha256(self, asset: Asset) -> None:
        try:
            facts = await self._storage.describe(self.lies_at[asset.id], with_checksum=True)
        except ObjectMissing:
            self._refuse(asset, _LOST)
            return
        if facts.sha256 != asset.sha256:
            self._refuse(asset, "has another SHA-256 than was announced, or came without one")

    async def _remove(self, key: str) -> None:
        await remove_if_possible(self._storage, key)

    def _is_copied(self, asset: Asset) -> bool:
        return asset.upload_id is None and asset.id in self.lies_at

    def _is_wrong(self, asset: Asset) -> bool:
        return str(asset.id) in self.problems

    def _refuse(self, asset: Asset, problem: str) -> None:
        self.problems[str(asset.id)] = problem


def _draft_of(files: Iterable[Asset]) -> UUID:
    (draft_id,) = {asset.draft_id for asset in files}
    return draft_id


def _is_same(copy: ListedObject, source: ListedObject) -> bool:
    return (copy.etag, copy.size_bytes) == (source.etag, source.size_bytes)


def _wrong_with(asset: Asset, listed: ListedObject) -> str | None:
    if listed.size_bytes != asset.size_bytes:
        return _other_size(asset, listed.size_bytes)
    if asset.md5 is not None and listed.etag != asset.md5:
        return "has another MD5 than was announced"
    return None


def _other_size(asset: Asset, size_bytes: int) -> str:
    return f"has {size_bytes} bytes; {asset.size_bytes} were announced"
