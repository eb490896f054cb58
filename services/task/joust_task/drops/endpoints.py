"""Internal API of drops."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from joust_contracts.internal.drops import (
    ClaimDrop,
    ClaimedDrops,
    ClaimView,
    CreateDrop,
    DropEstimate,
    DropPage,
    Drops,
    DropView,
    Enforced,
    OwnDrops,
)
from joust_kit.errors import Unauthorized
from joust_kit.http.errors import responses
from joust_kit.http.transactions import CurrentActor, Reading, TransactionalRoute, Unit
from joust_task.drops import commands, queries
from joust_task.drops.errors import (
    DropFull,
    DropNotFound,
    DropNotOpen,
    NotCancellable,
    NotPayable,
    NotTheSender,
    OwnDrop,
)
from joust_task.resources import OpenResources

router = APIRouter(
    prefix="/internal/drops", route_class=TransactionalRoute, responses=responses(Unauthorized)
)


@router.post("/estimate")
async def estimate(wanted: CreateDrop, actor: CurrentActor, resources: OpenResources) -> DropEstimate:
    """What a drop would be and cost; nothing is kept."""
    return commands.estimate(wanted, resources.settings)


@router.post("", status_code=201)
async def create_drop(
    wanted: CreateDrop, actor: CurrentActor, unit: Unit, resources: OpenResources
) -> DropView:
    """Make a drop and ask for its bounty."""
    drop = await commands.create_drop(unit, actor, wanted, resources.settings)
    return queries.view_of(drop, [], actor)


@router.get("")
async def list_own(wanted: Annotated[OwnDrops, Query()], actor: CurrentActor, session: Reading) -> Drops:
    """List the actor's drops, newest first."""
    return await queries.list_own(session, actor, wanted)


@router.get("/board")
async def list_open(
    wanted: Annotated[DropPage, Query()], actor: CurrentActor, session: Reading, resources: OpenResources
) -> Drops:
    """List open drops, newest first."""
    return await queries.list_open(session, actor, wanted, resources.database.clock.now())


@router.get("/claims")
async def latest_claims(actor: CurrentActor, session: Reading) -> ClaimedDrops:
    """List the actor's latest claims."""
    return await queries.latest_claims(session, actor)


@router.post("/enforce")
async def enforce_deadlines(actor: CurrentActor, unit: Unit, resources: OpenResources) -> Enforced:
    """Deal with what is past its time, whoever asks: the timers would do the same."""
    return await commands.enforce_deadlines(unit, resources.settings)


@router.get("/{drop_id}", responses=responses(DropNotFound))
async def get_drop(drop_id: UUID, actor: CurrentActor, session: Reading) -> DropView:
    """Read one drop."""
    return await queries.get_drop(session, actor, drop_id)


@router.post("/{drop_id}/pay", responses=responses(DropNotFound, NotTheSender, NotPayable))
async def pay_drop(drop_id: UUID, actor: CurrentActor, unit: Unit) -> DropView:
    """Ask once more for the bounty."""
    drop = await commands.pay_drop(unit, actor, drop_id)
    return queries.view_of(drop, [], actor)


@router.post(
    "/{drop_id}/claim",
    status_code=201,
    responses=responses(DropNotFound, OwnDrop, DropNotOpen, DropFull),
)
async def claim_drop(
    drop_id: UUID,
    actor: CurrentActor,
    unit: Unit,
    resources: OpenResources,
    wanted: ClaimDrop | None = None,
) -> ClaimView:
    """Take a place, or keep it for longer."""
    agent_id = actor.agent_id if wanted is None else wanted.agent_id
    claim, drop = await commands.claim_drop(unit, actor, drop_id, agent_id, resources.settings)
    return queries.claim_view_of(claim, drop)


@router.post("/{drop_id}/cancel", responses=responses(DropNotFound, NotTheSender, NotCancellable))
async def cancel_drop(drop_id: UUID, actor: CurrentActor, unit: Unit) -> DropView:
    """End a drop at once, or as soon as no claim is in flight."""
    drop = await commands.cancel_drop(unit, actor, drop_id)
    return await queries.view_in(unit.session, drop, actor)
