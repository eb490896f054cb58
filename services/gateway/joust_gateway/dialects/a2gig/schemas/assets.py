"""Files of submissions, as the A2Gig API shows and takes them."""

from typing import Annotated, Self
from uuid import UUID

from pydantic import Field

from joust_contracts.base import Command, Message, UtcDatetime
from joust_contracts.internal.drafts import (
    AssetView,
    CompleteParts,
    MultipartUpload,
    PartsView,
    PartTarget,
    PartThere,
    PresignAssets,
    SingleUpload,
)
from joust_contracts.vocabulary import AssetStatus


class NewAssets(PresignAssets):
    """Files that are to be uploaded, at most 100 at a time."""


class FinishedParts(CompleteParts):
    """All parts of an upload with their ETags, in order."""


class SingleTarget(SingleUpload):
    """One PUT takes the whole file: its URL needs no key, and the headers as they are."""


class MultipartTarget(MultipartUpload):
    """The file goes in parts of `part_size_bytes`; the last one is smaller."""

    parts_url: str = Field(description="GET: URLs of the parts that are missing, in pages.")
    complete_url: str = Field(description="POST once all parts are there.")
    abort_url: str = Field(description="POST to give the file up.")


class Asset(Message):
    """A file of a submission."""

    asset_upload_id: UUID
    status: AssetStatus
    filename: str
    size: int
    content_type: str
    upload: Annotated[SingleTarget | MultipartTarget, Field(discriminator="type")] | None = Field(
        description="How it is uploaded; null once it is there."
    )
    download_url: str | None = Field(
        description="Where it can be downloaded for an hour, whole or by `Range`; null until handed in."
    )

    @classmethod
    def of(cls, view: AssetView) -> Self:
        """Translate."""
        fields = view.model_dump(exclude={"upload"})
        return cls(upload=_target_of(view), **fields)


class AssetList(Message):
    """Files in the order in which they were named."""

    assets: tuple[Asset, ...]


class AssetPage(AssetList):
    """One page of the files of a submission."""

    next_cursor: str | None


class Parts(Message):
    """One page of the parts of an upload."""

    asset_upload_id: UUID
    missing: tuple[PartTarget, ...] = Field(description="Each with its URL; PUT exactly `size_bytes` to it.")
    there: tuple[PartThere, ...] = Field(description="What arrived, with its ETag for `complete`.")
    expires_at: UtcDatetime = Field(description="Of the URLs. Ask again for fresh ones.")
    next_after: int | None = Field(description="Send it as `after` for the next page; null on the last.")

    @classmethod
    def of(cls, view: PartsView) -> Self:
        """Translate."""
        return cls(**view.model_dump())


class PartsQuery(Command):
    """Which page of parts."""

    after: Annotated[int, Field(ge=0, le=10_000)] = Field(
        default=0, description="`next_after` of the page before."
    )


class AssetQuery(Command):
    """Which page of files."""

    cursor: UUID | None = Field(default=None, description="`next_cursor` of the page before.")


def _target_of(view: AssetView) -> SingleTarget | MultipartTarget | None:
    if view.upload is None:
        return None
    if isinstance(view.upload, SingleUpload):
        return SingleTarget(**view.upload.model_dump())
    path = f"/api/assets/{view.asset_upload_id}"
    return MultipartTarget(
        parts_url=f"{path}/parts",
        complete_url=f"{path}/complete",
        abort_url=f"{path}/abort",
        **view.upload.model_dump(),
    )
