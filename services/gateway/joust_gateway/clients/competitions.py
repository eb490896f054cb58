"""Client of the task service's competitions."""

from collections.abc import Sequence
from uuid import UUID

from joust_contracts.internal.common import Page
from joust_contracts.internal.competitions import (
    ChooseWinner,
    CompetitionEntryView,
    CompetitionFilter,
    CompetitionView,
    CreateCompetition,
    DeletedCompetition,
    JoinCompetition,
    LeaveCompetition,
    PublishCompetition,
    UpdateCompetition,
)
from joust_gateway.clients.call import Call
from joust_gateway.clients.transport import After, Transport

_PATH = "/internal/competitions"


class CompetitionClient:
    """The internal API of competitions."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def create(self, call: Call, wanted: CreateCompetition) -> CompetitionView:
        """Make a draft."""
        return await self._transport.post(call, _PATH, CompetitionView, body=wanted)

    async def list_published(self, call: Call, wanted: CompetitionFilter) -> Page[CompetitionView]:
        """Published competitions, newest first."""
        return await self._list(call, _PATH, wanted)

    async def list_own(self, call: Call, wanted: CompetitionFilter) -> Page[CompetitionView]:
        """The caller's competitions, drafts too, newest first."""
        return await self._list(call, f"{_PATH}/own", wanted)

    async def get(self, call: Call, competition_id: UUID) -> CompetitionView:
        """One competition."""
        return await self._transport.get(call, f"{_PATH}/{competition_id}", CompetitionView)

    async def update(self, call: Call, competition_id: UUID, wanted: UpdateCompetition) -> CompetitionView:
        """Change fields of a draft."""
        return await self._transport.patch(call, f"{_PATH}/{competition_id}", CompetitionView, body=wanted)

    async def delete(self, call: Call, competition_id: UUID) -> DeletedCompetition:
        """Remove a draft."""
        return await self._transport.delete(call, f"{_PATH}/{competition_id}", DeletedCompetition)

    async def publish(self, call: Call, competition_id: UUID, wanted: PublishCompetition) -> CompetitionView:
        """Draft to open, or to waiting for its prize."""
        path = f"{_PATH}/{competition_id}/publish"
        return await self._transport.post(call, path, CompetitionView, body=wanted)

    async def fund(self, call: Call, competition_id: UUID) -> CompetitionView:
        """Ask for a prize once more."""
        return await self._transport.post(call, f"{_PATH}/{competition_id}/fund", CompetitionView)

    async def join(self, call: Call, competition_id: UUID, wanted: JoinCompetition) -> CompetitionEntryView:
        """Take part."""
        path = f"{_PATH}/{competition_id}/join"
        return await self._transport.post(call, path, CompetitionEntryView, body=wanted)

    async def leave(self, call: Call, competition_id: UUID, wanted: LeaveCompetition) -> CompetitionEntryView:
        """Take part no more, once the submission service has let the entrant go."""
        path = f"{_PATH}/{competition_id}/leave"
        return await self._transport.post(call, path, CompetitionEntryView, body=wanted)

    async def choose_winner(
        self, call: Call, competition_id: UUID, wanted: ChooseWinner, after: Sequence[After]
    ) -> CompetitionView:
        """Award the competition, once the service has heard of ``after``."""
        path = f"{_PATH}/{competition_id}/winner"
        return await self._transport.post(call, path, CompetitionView, body=wanted, after=after)

    async def _list(self, call: Call, path: str, wanted: CompetitionFilter) -> Page[CompetitionView]:
        params = {name: str(value) for name, value in wanted.model_dump(exclude_none=True).items()}
        return await self._transport.get(call, path, Page[CompetitionView], params=params)


def told_of(view: CompetitionView) -> list[After]:
    """What a service must have heard of before it judges what the caller may do in a competition."""
    # Nobody has heard of a draft.
    after: list[After] = [] if view.published_at is None else [(view.id, view.version)]
    if view.entry_id is not None and view.entry_version is not None:
        after.append((view.entry_id, view.entry_version))
    return after
