"""Removes artifacts that no submission has: their upload came before a commit that never came."""

from collections.abc import Sequence

from joust_kit.orphans import Sweep
from joust_submission.artifacts.keys import KEY_PREFIX, submission_of
from joust_submission.submissions import repository


class OrphanSweep(Sweep):
    """Looks through artifacts."""

    prefixes = (KEY_PREFIX,)

    async def orphans_among(self, keys: Sequence[str]) -> Sequence[str]:
        """Those without a submission."""
        by_submission = {id: key for key in keys if (id := submission_of(key)) is not None}
        async with self.database.reading() as session:
            known = await repository.existing(session, list(by_submission))
        return [key for id, key in by_submission.items() if id not in known]
