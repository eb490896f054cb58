"""Internal API of the task service: samples on which a draft's judge is tried."""

from enum import StrEnum

from joust_contracts.base import Message
from joust_contracts.events.tasks import SampleRef, TaskSnapshot


class SampleKind(StrEnum):
    """What a sample is for; a task has one of each at most."""

    REFERENCE = "reference"
    """Good work, which the judge must score higher."""
    CHEAT = "cheat"
    """Work that only pretends."""


def field_of(kind: SampleKind) -> str:
    """The field of a task that holds its sample of a kind."""
    return f"{kind.value}_sample"


def sample_of(task: TaskSnapshot, kind: SampleKind) -> SampleRef | None:
    """The task's sample of a kind, if it has one."""
    sample: SampleRef | None = getattr(task, field_of(kind))
    return sample


class SampleView(Message):
    """A sample, for the owner of its task."""

    kind: SampleKind
    sha256: str
    size_bytes: int
    files_count: int
    download_url: str
    """Signed, and good for an hour."""

    @classmethod
    def of(cls, kind: SampleKind, sample: SampleRef, download_url: str) -> "SampleView":
        """The sample with a fresh link."""
        return cls(kind=kind, download_url=download_url, **sample.model_dump(exclude={"key"}))


class RemovedSample(Message):
    """A sample is gone, and so is its file."""

    kind: SampleKind
    deleted: bool = True
