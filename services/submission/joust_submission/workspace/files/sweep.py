"""Removes what lies in storage and belongs to no file, and uploads that were never finalized."""

from collections.abc import Sequence

from joust_kit.orphans import Sweep
from joust_submission.workspace.files import repository
from joust_submission.workspace.files.keys import FILES, UPLOADS, object_of

_AT_ONCE = 500


class WorkspaceSweep(Sweep):
    """Looks through files of workspaces and uploads to them."""

    prefixes = (FILES, UPLOADS)

    async def sweep(self) -> int:
        """Forget uploads that are over, then remove what belongs to nothing."""
        await self._forget_uploads()
        return await super().sweep()

    async def orphans_among(self, keys: Sequence[str]) -> Sequence[str]:
        """Those that are neither a file nor an upload under way."""
        by_object = {id: key for key in keys if (id := object_of(key)) is not None}
        async with self.database.reading() as session:
            known = await repository.known_objects(session, list(by_object))
        return [key for id, key in by_object.items() if id not in known]

    async def _forget_uploads(self) -> None:
        """An upload that is over is kept for as long as a request may still be about it."""
        ended_before = self.database.clock.now() - self.min_age
        forgotten = _AT_ONCE
        while forgotten == _AT_ONCE:
            async with self.database.transaction() as unit:
                forgotten = await repository.forget_expired_uploads(unit.session, ended_before, _AT_ONCE)
