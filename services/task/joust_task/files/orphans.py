"""Removes objects that no task refers to: their upload came before a commit that never came."""

from collections.abc import Sequence

from joust_kit.orphans import Sweep
from joust_task.attachments import repository as attachments
from joust_task.files.keys import KEY_PREFIX, FileKind, parse_key
from joust_task.tasks import repository as tasks


class OrphanSweep(Sweep):
    """Looks through attachments, test suites and samples."""

    prefixes = (KEY_PREFIX,)

    async def orphans_among(self, keys: Sequence[str]) -> Sequence[str]:
        """Those that are neither an attachment, nor the test suite nor a sample of their task."""
        parsed = [key for key in map(parse_key, keys) if key is not None]
        files = [key.id for key in parsed if key.kind is FileKind.ATTACHMENT]
        others = [key.task_id for key in parsed if key.kind is not FileKind.ATTACHMENT]
        async with self.database.reading() as session:
            known_files = await attachments.existing(session, files)
            known = await tasks.file_keys(session, others)
        return [str(key) for key in parsed if key.id not in known_files and str(key) not in known]
