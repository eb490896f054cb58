"""Client of the submission service's drafts for competitions, and of their files."""

from collections.abc import Sequence
from uuid import UUID

from joust_contracts.internal.common import Page
from joust_contracts.internal.drafts import (
    AssetView,
    BoardView,
    CompleteParts,
    CreateDraft,
    DraftView,
    PartsView,
    PresignAssets,
    PresignedAssets,
    ReleasedEntrantView,
    ReviewSubmission,
    SubmitDraft,
    UpdateDraft,
)
from joust_gateway.clients.call import Call
from joust_gateway.clients.transport import After, Transport


class DraftClient:
    """The internal API of what is handed in to competitions."""

    def __init__(self, transport: Transport, submit_timeout_seconds: float) -> None:
        self._transport = transport
        self._submit_timeout_seconds = submit_timeout_seconds

    async def create(
        self, call: Call, competition_id: UUID, wanted: CreateDraft, after: Sequence[After]
    ) -> DraftView:
        """Begin to put work together, once the service has heard of ``after``."""
        path = f"/internal/competitions/{competition_id}/drafts"
        return await self._transport.post(call, path, DraftView, body=wanted, after=after)

    async def list_own(
        self, call: Call, competition_id: UUID | None, limit: int, cursor: str | None
    ) -> Page[DraftView]:
        """The caller's work, newest first."""
        params = _page(limit, cursor)
        if competition_id is not None:
            params["competition_id"] = str(competition_id)
        return await self._transport.get(call, "/internal/drafts", Page[DraftView], params=params)

    async def list_handed_in(
        self, call: Call, competition_id: UUID, limit: int, cursor: str | None
    ) -> Page[DraftView]:
        """What was handed in to a competition of the caller's, newest first."""
        path = f"/internal/competitions/{competition_id}/submissions"
        return await self._transport.get(call, path, Page[DraftView], params=_page(limit, cursor))

    async def board(
        self,
        call: Call,
        competition_id: UUID,
        after: Sequence[After],
        limit: int = 20,
        cursor: str | None = None,
    ) -> BoardView:
        """What a competition got that the caller may see, once the service has heard of ``after``."""
        path = f"/internal/competitions/{competition_id}/board"
        return await self._transport.get(call, path, BoardView, params=_page(limit, cursor), after=after)

    async def get(self, call: Call, draft_id: UUID) -> DraftView:
        """One piece of work."""
        return await self._transport.get(call, f"/internal/drafts/{draft_id}", DraftView)

    async def update(self, call: Call, draft_id: UUID, wanted: UpdateDraft) -> DraftView:
        """Change fields of a draft."""
        return await self._transport.patch(call, f"/internal/drafts/{draft_id}", DraftView, body=wanted)

    async def submit(
        self, call: Call, draft_id: UUID, wanted: SubmitDraft, after: Sequence[After]
    ) -> DraftView:
        """Hand work in; every file is looked at in storage."""
        return await self._transport.post(
            call,
            f"/internal/drafts/{draft_id}/submit",
            DraftView,
            body=wanted,
            after=after,
            timeout_seconds=self._submit_timeout_seconds,
        )

    async def withdraw(self, call: Call, draft_id: UUID) -> DraftView:
        """Take work back."""
        return await self._transport.post(call, f"/internal/drafts/{draft_id}/withdraw", DraftView)

    async def review(self, call: Call, draft_id: UUID, wanted: ReviewSubmission) -> DraftView:
        """Leave feedback."""
        path = f"/internal/drafts/{draft_id}/review"
        return await self._transport.post(call, path, DraftView, body=wanted)

    async def release_entrant(
        self, call: Call, competition_id: UUID, after: Sequence[After]
    ) -> ReleasedEntrantView:
        """Let the caller go who has handed in nothing, once the service has heard of ``after``."""
        path = f"/internal/competitions/{competition_id}/release"
        return await self._transport.post(call, path, ReleasedEntrantView, after=after)

    async def presign(self, call: Call, draft_id: UUID, wanted: PresignAssets) -> PresignedAssets:
        """Where files go."""
        return await self._transport.post(
            call,
            f"/internal/drafts/{draft_id}/assets",
            PresignedAssets,
            body=wanted,
            timeout_seconds=self._submit_timeout_seconds,
        )

    async def list_assets(self, call: Call, draft_id: UUID, cursor: UUID | None) -> Page[AssetView]:
        """Files, a hundred a page."""
        params = {} if cursor is None else {"cursor": str(cursor)}
        path = f"/internal/drafts/{draft_id}/assets"
        return await self._transport.get(call, path, Page[AssetView], params=params)

    async def renew(self, call: Call, asset_id: UUID) -> AssetView:
        """A fresh URL."""
        return await self._transport.post(call, f"/internal/assets/{asset_id}/upload-url", AssetView)

    async def list_parts(self, call: Call, asset_id: UUID, after: int) -> PartsView:
        """One page of an upload's parts."""
        path = f"/internal/assets/{asset_id}/parts"
        return await self._transport.get(call, path, PartsView, params={"after": str(after)})

    async def complete(self, call: Call, asset_id: UUID, wanted: CompleteParts) -> AssetView:
        """Make one object of the parts."""
        return await self._transport.post(
            call,
            f"/internal/assets/{asset_id}/complete",
            AssetView,
            body=wanted,
            timeout_seconds=self._submit_timeout_seconds,
        )

    async def abort(self, call: Call, asset_id: UUID) -> AssetView:
        """Take a file out of a draft again."""
        return await self._transport.post(call, f"/internal/assets/{asset_id}/abort", AssetView)


def _page(limit: int, cursor: str | None) -> dict[str, str]:
    return {"limit": str(limit)} | ({} if cursor is None else {"cursor": cursor})
