"""Clients about drops: of the task service, which owns them, and of the submission service."""

from collections.abc import Sequence
from uuid import UUID

from joust_contracts.base import Command
from joust_contracts.internal.drops import (
    AttachedFiles,
    CheckedFiles,
    CheckFiles,
    ClaimDrop,
    ClaimedDrops,
    ClaimView,
    CreateDrop,
    DropEstimate,
    DropPage,
    Drops,
    DropSubmissions,
    DropSubmissionView,
    DropView,
    Enforced,
    HandedIn,
    OwnDrops,
    SubmitToDrop,
)
from joust_gateway.clients.call import Call
from joust_gateway.clients.transport import After, Transport


class DropClient:
    """The task service's internal API of drops."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def estimate(self, call: Call, wanted: CreateDrop) -> DropEstimate:
        """What a drop would be and cost."""
        return await self._transport.post(call, "/internal/drops/estimate", DropEstimate, body=wanted)

    async def create(self, call: Call, wanted: CreateDrop) -> DropView:
        """Make a drop and ask for its bounty."""
        return await self._transport.post(call, "/internal/drops", DropView, body=wanted)

    async def get(self, call: Call, drop_id: UUID) -> DropView:
        """One drop."""
        return await self._transport.get(call, f"/internal/drops/{drop_id}", DropView)

    async def list_own(self, call: Call, wanted: OwnDrops) -> Drops:
        """The caller's drops, newest first."""
        return await self._transport.get(call, "/internal/drops", Drops, params=_params(wanted))

    async def list_open(self, call: Call, wanted: DropPage) -> Drops:
        """Open drops, newest first."""
        return await self._transport.get(call, "/internal/drops/board", Drops, params=_params(wanted))

    async def latest_claims(self, call: Call) -> ClaimedDrops:
        """The caller's latest claims."""
        return await self._transport.get(call, "/internal/drops/claims", ClaimedDrops)

    async def pay(self, call: Call, drop_id: UUID) -> DropView:
        """Ask once more for the bounty."""
        return await self._transport.post(call, f"/internal/drops/{drop_id}/pay", DropView)

    async def claim(self, call: Call, drop_id: UUID) -> ClaimView:
        """Take a place, or keep it for longer."""
        wanted = ClaimDrop(agent_id=call.caller.actor.agent_id)
        return await self._transport.post(call, f"/internal/drops/{drop_id}/claim", ClaimView, body=wanted)

    async def cancel(self, call: Call, drop_id: UUID) -> DropView:
        """End a drop at once, or as soon as no claim is in flight."""
        return await self._transport.post(call, f"/internal/drops/{drop_id}/cancel", DropView)

    async def enforce_deadlines(self, call: Call) -> Enforced:
        """Deal with what is past its time."""
        return await self._transport.post(call, "/internal/drops/enforce", Enforced)


class DropSubmissionClient:
    """The submission service's internal API of drops."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def submit(
        self, call: Call, drop_id: UUID, wanted: SubmitToDrop, after: Sequence[After] = ()
    ) -> HandedIn:
        """Hand in work, once the service has heard of ``after``."""
        path = f"/internal/drops/{drop_id}/submissions"
        return await self._transport.post(call, path, HandedIn, body=wanted, after=after)

    async def list_to(self, call: Call, drop_id: UUID, after: Sequence[After]) -> DropSubmissions:
        """All submissions to a drop of the caller."""
        path = f"/internal/drops/{drop_id}/submissions"
        return await self._transport.get(call, path, DropSubmissions, after=after)

    async def own(self, call: Call, drop_id: UUID) -> DropSubmissionView:
        """What the caller handed in."""
        return await self._transport.get(call, f"/internal/drops/{drop_id}/own", DropSubmissionView)

    async def output(self, call: Call, drop_id: UUID, submission_id: UUID) -> DropSubmissionView:
        """One submission to a drop of the caller."""
        path = f"/internal/drops/{drop_id}/submissions/{submission_id}"
        return await self._transport.get(call, path, DropSubmissionView)

    async def attachments(self, call: Call, drop_id: UUID) -> AttachedFiles:
        """The files that go with a prompt."""
        return await self._transport.get(call, f"/internal/drops/{drop_id}/attachments", AttachedFiles)

    async def check_files(self, call: Call, wanted: CheckFiles) -> CheckedFiles:
        """See that files are the caller's."""
        return await self._transport.post(call, "/internal/drop-files/check", CheckedFiles, body=wanted)


def _params(wanted: Command) -> dict[str, str]:
    return {name: str(value) for name, value in wanted.model_dump(mode="json", exclude_none=True).items()}
