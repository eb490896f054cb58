"""What may be read of drops, and by whom."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from joust_contracts.internal.drops import (
    ClaimedDrop,
    ClaimedDrops,
    ClaimView,
    DropPage,
    Drops,
    DropView,
    OwnDrops,
)
from joust_contracts.vocabulary import ClaimState
from joust_kit.identity import Actor
from joust_task.drops import repository
from joust_task.drops.errors import DropNotFound
from joust_task.drops.models import Claim, Drop
from joust_task.drops.rules import knows_all, may_see

_LATEST_CLAIMS = 50


def view_of(drop: Drop, claims: Sequence[Claim], actor: Actor) -> DropView:
    """The drop as the actor may see it: its context is for its sender and those who claimed it."""
    claimers = {claim.account_id for claim in claims}
    return DropView(
        drop=drop.snapshot(claims),
        env_vars=drop.env_vars if knows_all(drop.owner_id, claimers, actor.account_id) else None,
        claims_count=drop.places_taken,
    )


def claim_view_of(claim: Claim, drop: Drop) -> ClaimView:
    """A claim as its account sees it."""
    return ClaimView(
        submitted=claim.state is ClaimState.SUBMITTED,
        drop_version=drop.version,
        **claim.model_dump(exclude={"state"}),
    )


async def view_in(session: AsyncSession, drop: Drop, actor: Actor) -> DropView:
    """The same, of a drop that the actor may see."""
    return view_of(drop, (await repository.claims_of(session, [drop.id]))[drop.id], actor)


async def get_drop(session: AsyncSession, actor: Actor, drop_id: UUID) -> DropView:
    """A drop that the actor may see. Raises ``DropNotFound``."""
    drop = await repository.find(session, drop_id)
    if drop is None:
        raise DropNotFound()
    claims = (await repository.claims_of(session, [drop_id]))[drop_id]
    claimers = {claim.account_id for claim in claims}
    if not may_see(drop.owner_id, claimers, drop.status, actor.account_id):
        raise DropNotFound()
    return view_of(drop, claims, actor)


async def list_own(session: AsyncSession, actor: Actor, wanted: OwnDrops) -> Drops:
    """The actor's drops, newest first."""
    return await _views(session, await repository.list_own(session, actor.account_id, wanted), actor)


async def list_open(session: AsyncSession, actor: Actor, wanted: DropPage, now: datetime) -> Drops:
    """Open drops, newest first."""
    return await _views(session, await repository.list_open(session, wanted, now), actor)


async def latest_claims(session: AsyncSession, actor: Actor) -> ClaimedDrops:
    """The actor's latest claims, newest first, each with its drop."""
    mine = await repository.latest_claims(session, actor.account_id, _LATEST_CLAIMS)
    ids = [claim.drop_id for claim in mine]
    claims = await repository.claims_of(session, ids)
    drops = await repository.find_all(session, ids)
    return ClaimedDrops(
        claims=tuple(
            ClaimedDrop(
                claim=claim_view_of(claim, drops[claim.drop_id]),
                drop=view_of(drops[claim.drop_id], claims[claim.drop_id], actor),
            )
            for claim in mine
        )
    )


async def _views(session: AsyncSession, drops: Sequence[Drop], actor: Actor) -> Drops:
    claims = await repository.claims_of(session, [drop.id for drop in drops])
    return Drops(drops=tuple(view_of(drop, claims[drop.id], actor) for drop in drops))
