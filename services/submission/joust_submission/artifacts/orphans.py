"""Removes what lies in storage and no submission needs: artifacts whose commit never came, and uploads of
submissions that were completed or failed, among them what was put to a URL that outlived its submission."""

from collections.abc import Sequence

from joust_kit.orphans import Sweep
from joust_submission.artifacts.keys import KEY_PREFIX, UPLOAD_PREFIX, key_of_upload, submission_of
from joust_submission.submissions import repository


class OrphanSweep(Sweep):
    """Looks through artifacts and uploads."""

    prefixes = (KEY_PREFIX, UPLOAD_PREFIX)

    async def orphans_among(self, keys: Sequence[str]) -> Sequence[str]:
        """Those that no submission refers to."""
        ours = [(id, key) for key in keys if (id := submission_of(key)) is not None]
        async with self.database.reading() as session:
            needed, waiting = await repository.needed_objects(session, {id for id, _ in ours})
        needed |= set(map(key_of_upload, waiting))
        return [key for _, key in ours if key not in needed]
