"""Where files of tasks lie in storage; nothing in a key comes from outside."""

from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

KEY_PREFIX = "tasks/"


class FileKind(StrEnum):
    """What a file is to its task; a folder of its own."""

    ATTACHMENT = "attachments"
    TEST_SUITE = "test-suites"
    SAMPLE = "samples"


class FileKey(NamedTuple):
    """The parts of a key."""

    task_id: UUID
    kind: FileKind
    id: UUID

    def __str__(self) -> str:
        return f"{KEY_PREFIX}{self.task_id}/{self.kind.value}/{self.id}"


def parse_key(key: str) -> FileKey | None:
    """The parts, ``None`` for a key that is not of this service's making."""
    try:
        task_id, kind, id = key.removeprefix(KEY_PREFIX).split("/")
        parsed = FileKey(UUID(task_id), FileKind(kind), UUID(id))
    except ValueError:
        return None
    return parsed if str(parsed) == key else None
