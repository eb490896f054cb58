"""Removes what was uploaded and not handed in: files, their copies, and uploads in parts that never ended."""

from collections.abc import Sequence
from dataclasses import dataclass

from joust_kit.multipart import BegunUpload, PartStorage
from joust_kit.orphans import Sweep
from joust_submission.assets import repository
from joust_submission.assets.commands import give_up_expired
from joust_submission.assets.keys import ASSETS, UPLOADS, asset_of

_AT_ONCE = 500


@dataclass(frozen=True)
class AssetSweep(Sweep):
    """Looks through files of competitions, and through uploads in parts."""

    prefixes = (UPLOADS, ASSETS)

    parts: PartStorage

    async def sweep(self) -> int:
        """Give up uploads that have expired, end those in parts that belong to nothing, then remove files."""
        await self._give_up_expired()
        ended = await self._end_uploads()
        return ended + await super().sweep()

    async def orphans_among(self, keys: Sequence[str]) -> Sequence[str]:
        """Those that are neither handed in nor may still be."""
        by_key = {key: id for key in keys if (id := asset_of(key)) is not None}
        async with self.database.reading() as session:
            lying, coming = await repository.needed_keys(session, set(by_key.values()))
        # Copies of a file that was not handed in belong to a request that failed.
        return [
            key
            for key, id in by_key.items()
            if key not in lying and not (key.startswith(UPLOADS) and id in coming)
        ]

    async def _give_up_expired(self) -> None:
        found = _AT_ONCE
        while found == _AT_ONCE:
            async with self.database.reading() as session:
                now = self.database.clock.now()
                draft_ids = await repository.drafts_with_expired(session, now, _AT_ONCE)
            for draft_id in draft_ids:
                async with self.database.transaction() as unit:
                    await give_up_expired(unit, draft_id)
            found = len(draft_ids)

    async def _end_uploads(self) -> int:
        newest = self.database.clock.now() - self.min_age
        ended, batch = 0, list[BegunUpload]()
        async for upload in self.parts.list_begun(UPLOADS):
            if upload.begun_at <= newest:
                batch.append(upload)
            if len(batch) >= _AT_ONCE:
                ended += await self._end(batch)
                batch.clear()
        return ended + await self._end(batch)

    async def _end(self, batch: Sequence[BegunUpload]) -> int:
        if not batch:
            return 0
        async with self.database.reading() as session:
            known = await repository.known_uploads(session, [each.upload_id for each in batch])
        orphans = [each for each in batch if each.upload_id not in known]
        for each in orphans:
            await self.parts.abort(each.key, each.upload_id)
        return len(orphans)
