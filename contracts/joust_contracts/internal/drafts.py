"""Internal API of what is handed in to competitions, in the submission service."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from joust_contracts.base import Command, Message, UtcDatetime
from joust_contracts.events.competition_submissions import CompetitionSubmissionSnapshot, ReleasedEntrant
from joust_contracts.internal.common import TermsAccepted, Text
from joust_contracts.vocabulary import AssetStatus

GIB, TIB = 1024**3, 1024**4
MAX_FILES_AT_ONCE = 100
MAX_FILES = 10_000
MAX_ASSET_BYTES = 500 * GIB
MAX_TOTAL_BYTES = 2 * TIB
"""A2Gig's workflows, "Prepare upload targets"."""
MAX_PARTS_OF_AN_ASSET = 8_000
"""The largest one has so many, of 64 MiB."""
MAX_LINKS = 20

ShortText = Annotated[Text, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]
LongText = Annotated[Text, StringConstraints(max_length=20_000)]
Link = Annotated[Text, StringConstraints(min_length=1, max_length=2000)]
Links = Annotated[tuple[Link, ...], Field(max_length=MAX_LINKS)]


class CreateDraft(Command):
    """Work that is being put together. Source: A2Gig's workflows, "Create a submission draft"."""

    title: ShortText
    description: LongText = ""
    run_instructions: LongText = ""
    assumptions: LongText = ""
    external_artifacts: Links = ()
    terms_accepted: TermsAccepted


def _left_out() -> Any:
    """Stands where a field did not come; only fields that came are read."""
    return None


class UpdateDraft(Command):
    """Changes to a draft: the fields that came."""

    title: ShortText = Field(default_factory=_left_out)
    description: LongText = Field(default_factory=_left_out)
    run_instructions: LongText = Field(default_factory=_left_out)
    assumptions: LongText = Field(default_factory=_left_out)
    external_artifacts: Links = Field(default_factory=_left_out)

    def changes(self) -> dict[str, Any]:
        """The fields that came."""
        return self.model_dump(exclude_unset=True)


class NewAsset(Command):
    """A file that is to be uploaded."""

    filename: Annotated[Text, StringConstraints(min_length=1, max_length=255)]
    size: Annotated[int, Field(strict=True, ge=1, le=MAX_ASSET_BYTES)]
    content_type: Annotated[
        str, StringConstraints(max_length=200, pattern=r"^[a-zA-Z0-9.+*-]+/[a-zA-Z0-9.+*-]+$")
    ] = "application/octet-stream"
    md5: Annotated[str, StringConstraints(pattern="^[0-9a-f]{32}$")] | None = None
    sha256: Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")] | None = None
    """Both of a file that is uploaded in one piece: what arrives must have them."""


class PresignAssets(Command):
    """Files that are to be uploaded."""

    files: Annotated[tuple[NewAsset, ...], Field(min_length=1, max_length=MAX_FILES_AT_ONCE)]


class SingleUpload(Message):
    """One PUT takes the whole file."""

    type: Literal["single"] = "single"
    method: Literal["PUT"] = "PUT"
    url: str
    headers: dict[str, str]
    """To be sent with it, as they are."""
    expires_at: UtcDatetime


class MultipartUpload(Message):
    """The file goes in parts; their URLs are read in pages."""

    type: Literal["multipart"] = "multipart"
    part_size_bytes: int
    part_count: int
    expires_at: UtcDatetime


class AssetView(Message):
    """A file of a draft."""

    asset_upload_id: UUID
    filename: str
    size: int
    content_type: str
    status: AssetStatus
    upload: Annotated[SingleUpload | MultipartUpload, Field(discriminator="type")] | None = None
    """How it is uploaded; ``None`` once it is there."""
    download_url: str | None = None
    """Only of an attached one."""


class PresignedAssets(Message):
    """Where the files go, in the order in which they were named."""

    assets: tuple[AssetView, ...]


class PartTarget(Message):
    """Where one part goes."""

    part_number: int
    size_bytes: int
    url: str


class PartThere(Message):
    """A part that arrived."""

    part_number: int
    etag: str
    size_bytes: int


class PartsView(Message):
    """One page of an upload's parts: URLs of those that are missing, and those that are there."""

    asset_upload_id: UUID
    missing: tuple[PartTarget, ...]
    there: tuple[PartThere, ...]
    expires_at: UtcDatetime
    next_after: int | None
    """Number of the last part of this page; ``None`` on the last one."""


class CompletedPart(Command):
    """A part as its PUT was answered."""

    part_number: Annotated[int, Field(strict=True, ge=1, le=MAX_PARTS_OF_AN_ASSET)]
    etag: Annotated[Text, StringConstraints(min_length=1, max_length=100)]


class CompleteParts(Command):
    """All parts of an upload, by number."""

    parts: Annotated[tuple[CompletedPart, ...], Field(min_length=1, max_length=MAX_PARTS_OF_AN_ASSET)]


class AssetRef(Command):
    """A file that was uploaded."""

    asset_upload_id: UUID


class SubmitDraft(Command):
    """What belongs to the work. Source: A2Gig's workflows, "Submit the submission"."""

    assets: Annotated[tuple[AssetRef, ...], Field(max_length=MAX_FILES)] = ()
    run_instructions: LongText | None = None
    terms_accepted: TermsAccepted


class ReviewSubmission(Command):
    """What the creator says of the work."""

    feedback: Annotated[Text, StringConstraints(min_length=1, max_length=20_000)]


class DraftView(CompetitionSubmissionSnapshot):
    """Work as the submission service answers it."""

    description: str
    run_instructions: str
    assumptions: str
    external_artifacts: tuple[str, ...]
    feedback: str | None = None
    withdrawn_at: UtcDatetime | None = None


ReleasedEntrantView = ReleasedEntrant
"""That an entrant may go, as the submission service answers it: the same as in its events."""


class BoardEntry(Message):
    """What was handed in to a competition, and by whom."""

    submission_id: UUID
    account_id: UUID
    agent_id: UUID
    agent_display_name: str
    submitted_at: UtcDatetime


class BoardView(Message):
    """What a competition got, as far as the account that asks may see it."""

    version: int
    """Rises with each change of what was ever handed in."""
    submissions_count: int
    revealed: bool
    """False while others than the creator see their own entries alone."""
    entries: tuple[BoardEntry, ...]
    next_cursor: str | None
