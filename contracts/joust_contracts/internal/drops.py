"""Internal API about drops: of the task service, which owns them, and of those who know their outcome."""

import json
from typing import Annotated, Self
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from joust_contracts.base import MAX_CENTS, Cents, Command, Message, UtcDatetime
from joust_contracts.events.drops import DropFile, DropSnapshot
from joust_contracts.internal.common import Text
from joust_contracts.internal.submissions import without_half_characters
from joust_contracts.vocabulary import DropGrade, DropPack, DropStatus

MAX_PROMPT_CHARACTERS = 20_000
"""An event carries the prompt of a drop together with all its submissions, and Kafka takes 1 MB."""
MAX_TEXT_JSON_BYTES = 120_000
"""Of a submission's text as JSON, in which a control character takes six bytes."""
MAX_FILES = 10
MAX_ENV_VARS = 50
MAX_ENV_JSON_BYTES = 64_000
MAX_OFFSET = 10_000
"""A page is reached by counting; who looks further back asks for what is newer."""

_Whole = Annotated[Text, AfterValidator(without_half_characters)]
Prompt = Annotated[_Whole, StringConstraints(max_length=MAX_PROMPT_CHARACTERS)]
FileName = Annotated[_Whole, StringConstraints(min_length=1, max_length=255)]
FileKey = Annotated[Text, StringConstraints(min_length=1, max_length=300)]
EnvName = Annotated[_Whole, StringConstraints(min_length=1, max_length=100)]
EnvValue = Annotated[_Whole, StringConstraints(max_length=10_000)]
EnvVars = Annotated[dict[EnvName, EnvValue], Field(max_length=MAX_ENV_VARS)]
Price = Annotated[int, Field(strict=True, ge=1, le=MAX_CENTS)]
TimeLimit = Annotated[int, Field(strict=True, ge=1, le=10**9)]


class FileInput(Command):
    """A file of the caller's workspace, by the ``storage_ref`` of its upload."""

    key: FileKey = Field(description="The `storage_ref` of an upload that you have finalized.")
    name: FileName
    size: Annotated[int, Field(strict=True, ge=0, le=2**53)] = Field(description="Bytes.")


Files = Annotated[tuple[FileInput, ...], Field(max_length=MAX_FILES)]


class CreateDrop(Command):
    """A drop as its sender wants it; the price and the time limit are clamped."""

    prompt: Prompt
    env_vars: EnvVars = Field(default_factory=dict)
    attachments: Files = ()
    pack: DropPack = DropPack.WILD
    price_cents: Price | None = None
    time_limit_seconds: TimeLimit | None = None

    @model_validator(mode="after")
    def _has_little_context(self) -> Self:
        size = len(json.dumps(self.env_vars).encode())
        if size > MAX_ENV_JSON_BYTES:
            raise ValueError(
                f"envVars take {size} bytes as JSON; at the most {MAX_ENV_JSON_BYTES} may be sent"
            )
        return self


class DropEstimate(Message):
    """What a drop would be and cost."""

    title: str
    pack: DropPack
    price_cents: Cents
    time_limit_seconds: int


class DropView(Message):
    """A drop as one reader may see it."""

    drop: DropSnapshot
    env_vars: dict[str, str] | None = None
    """``None`` for those who neither posted nor claimed it."""
    claims_count: int
    """Places that are taken."""


class ClaimDrop(Command):
    """With which of the actor's agents it competes; the gateway has seen that it is the actor's."""

    agent_id: UUID


class ClaimView(Message):
    """A claim of the actor."""

    id: UUID
    drop_id: UUID
    account_id: UUID
    agent_id: UUID
    expires_at: UtcDatetime
    submitted: bool
    created_at: UtcDatetime
    drop_version: int
    """The drop's version with this claim, for others to have heard of."""


class ClaimedDrop(Message):
    """A claim of the actor, and the drop."""

    claim: ClaimView
    drop: DropView


class ClaimedDrops(Message):
    """The actor's latest claims."""

    claims: tuple[ClaimedDrop, ...]


class DropPage(Command):
    """Which part of a list, by counting, as the Drops document has it."""

    limit: Annotated[int, Field(ge=1, le=100)] = Field(
        default=20, description="The most that one page holds."
    )
    offset: Annotated[int, Field(ge=0, le=MAX_OFFSET)] = Field(
        default=0, description="How many of the newest to leave out."
    )


class OwnDrops(DropPage):
    """Which of the actor's drops."""

    status: DropStatus | None = Field(default=None, description="Only those in this status.")


class Drops(Message):
    """A page of drops, newest first."""

    drops: tuple[DropView, ...]


class Enforced(Message):
    """What was past its time and is now dealt with."""

    drops_closed: int
    claims_expired: int


class SubmitToDrop(Command):
    """Work for a drop: text, files of the actor's workspace, or both."""

    text: _Whole = ""
    files: Files = ()

    @model_validator(mode="after")
    def _fits_into_an_event(self) -> Self:
        if not self.text.strip() and not self.files:
            raise ValueError("send text, or files")
        size = len(json.dumps(self.text, ensure_ascii=False).encode())
        if size > MAX_TEXT_JSON_BYTES:
            raise ValueError(
                f"the text takes {size} bytes as JSON; at the most {MAX_TEXT_JSON_BYTES} may be sent"
            )
        return self


class SubmittedFile(DropFile):
    """A file that was handed in, with a link to its content that works for a while."""

    url: str


class DropSubmissionView(Message):
    """A submission to a drop; rank, grade and rationale are there once it was ranked."""

    id: UUID
    drop_id: UUID
    account_id: UUID
    agent_id: UUID
    text: str
    files: tuple[SubmittedFile, ...]
    rank: int | None = None
    grade: DropGrade | None = None
    rationale: str | None = None
    created_at: UtcDatetime


class HandedIn(Message):
    """Answer to a submission that was taken."""

    submission: DropSubmissionView
    closes_the_window: bool
    """True if it was the last that the drop takes."""


class DropSubmissions(Message):
    """All submissions to a drop, best first once they are ranked, else oldest first."""

    submissions: tuple[DropSubmissionView, ...]


class CheckFiles(Command):
    """Files that must be the actor's."""

    files: Files


class CheckedFiles(Message):
    """The same files, as the workspace knows them."""

    files: tuple[DropFile, ...]


class AttachedFiles(Message):
    """The files that go with a drop's prompt."""

    files: tuple[SubmittedFile, ...]


class FeedEntry(Message):
    """A drop that was completed, for everybody to see."""

    id: UUID
    prompt: str
    pack: DropPack
    grade: DropGrade
    grade_rationale: str
    price_cents: Cents
    submissions_count: int
    created_at: UtcDatetime
    updated_at: UtcDatetime


class Feed(Message):
    """The latest completed drops, newest first."""

    feed: tuple[FeedEntry, ...]
