"""What can be done to drops. Each runs in the caller's transaction, which the edge commits."""

from uuid import UUID

from joust_contracts.events import DropCreated, DropUpdated
from joust_contracts.internal.drops import CreateDrop, DropEstimate, Enforced
from joust_contracts.vocabulary import ClaimState, DropStatus, PostedKind
from joust_kit.database.unit_of_work import UnitOfWork
from joust_kit.identity import Actor
from joust_task.drops import repository
from joust_task.drops.ending import cancel_at_once, close_when_due, end_window, expire_when_due
from joust_task.drops.errors import DropNotFound, NotTheSender
from joust_task.drops.models import Claim, Drop
from joust_task.drops.rules import (
    check_cancellable,
    check_may_compete,
    check_open,
    check_payable,
    check_takes_claims,
    claim_expiry,
    may_see,
    price_of,
    time_limit_of,
    title_of,
)
from joust_task.drops.telling import tell
from joust_task.drops.timers import ExpireClaim, expire_claim
from joust_task.fundings.commands import request_funding
from joust_task.fundings.rules import Subject
from joust_task.settings import TaskSettings
from joust_task.tasks.rules import in_milliseconds

CURRENCY = "usd"
_AT_ONCE = 100


def estimate(wanted: CreateDrop, settings: TaskSettings) -> DropEstimate:
    """What the drop would be and cost."""
    bounds = settings.drop_bounds
    return DropEstimate(
        title=title_of(wanted.prompt),
        pack=wanted.pack,
        price_cents=price_of(wanted.pack, wanted.price_cents, bounds),
        time_limit_seconds=time_limit_of(wanted.time_limit_seconds, bounds),
    )


async def create_drop(unit: UnitOfWork, actor: Actor, wanted: CreateDrop, settings: TaskSettings) -> Drop:
    """Make a drop and ask for its bounty to be held; it opens when it is."""
    shape = estimate(wanted, settings)
    now = in_milliseconds(unit.now)
    drop = Drop(
        id=unit.new_id(),
        owner_id=actor.account_id,
        status=DropStatus.PENDING_PAYMENT,
        pack=shape.pack,
        title=shape.title,
        prompt=wanted.prompt,
        env_vars=dict(wanted.env_vars),
        attachments=[file.model_dump() for file in wanted.attachments],
        price_cents=shape.price_cents,
        currency=CURRENCY,
        time_limit_seconds=shape.time_limit_seconds,
        max_claims=settings.drop_max_claims,
        created_at=now,
        updated_at=now,
    )
    unit.session.add(drop)
    await _ask_for_bounty(unit, actor, drop)
    await tell(unit, drop, DropCreated)
    return drop


async def pay_drop(unit: UnitOfWork, actor: Actor, drop_id: UUID) -> Drop:
    """Ask once more for the bounty to be held, unless the wallet has not answered yet.

    Raises ``DropNotFound``, ``NotTheSender`` or ``NotPayable``.
    """
    drop = await _lock_own(unit, actor, drop_id)
    check_payable(drop.status)
    if drop.available_cents is not None:
        drop.available_cents = drop.rejection_reason = None
        drop.touch(unit.now)
        await _ask_for_bounty(unit, actor, drop)
        await tell(unit, drop, DropUpdated)
    return drop


async def claim_drop(
    unit: UnitOfWork, actor: Actor, drop_id: UUID, agent_id: UUID, settings: TaskSettings
) -> tuple[Claim, Drop]:
    """Take a place with one of the actor's agents, or keep the one that the actor has for longer.

    Raises ``DropNotFound``, ``OwnDrop``, ``DropNotOpen`` or ``DropFull``.
    """
    drop = await repository.lock(unit.session, drop_id)
    if drop is None:
        raise DropNotFound()
    claims = (await repository.claims_of(unit.session, [drop_id]))[drop_id]
    claimers = {claim.account_id for claim in claims}
    if not may_see(drop.owner_id, claimers, drop.status, actor.account_id):
        raise DropNotFound()
    check_may_compete(drop.owner_id, actor.account_id)
    check_open(drop.status, drop.closes_at, unit.now)
    mine = next((claim for claim in claims if claim.account_id == actor.account_id), None)
    if mine is None or mine.state is ClaimState.EXPIRED:
        check_takes_claims(
            is_ending=drop.cancel_requested_at is not None,
            places_taken=drop.places_taken,
            max_claims=drop.max_claims,
        )
        drop.places_taken += 1
        mine = mine or _new_claim(unit, actor, drop, agent_id)
    elif mine.state is ClaimState.SUBMITTED or drop.cancel_requested_at is not None:
        return mine, drop
    mine.agent_id = agent_id
    await _activate(unit, drop, mine, settings)
    return mine, drop


async def cancel_drop(unit: UnitOfWork, actor: Actor, drop_id: UUID) -> Drop:
    """End the drop: at once if nobody ever claimed it, else as soon as no claim is in flight.

    What was handed in until then is ranked and paid. Raises ``DropNotFound``, ``NotTheSender`` or
    ``NotCancellable``.
    """
    drop = await _lock_own(unit, actor, drop_id)
    check_cancellable(drop.status)
    claims = (await repository.claims_of(unit.session, [drop_id]))[drop_id]
    if not claims:
        await cancel_at_once(unit, drop)
    elif drop.cancel_requested_at is None:
        drop.cancel_requested_at = unit.now
        if any(claim.state is ClaimState.ACTIVE for claim in claims):
            drop.touch(unit.now)
            await tell(unit, drop, DropUpdated)
        else:
            await end_window(unit, drop)
    return drop


async def enforce_deadlines(unit: UnitOfWork, settings: TaskSettings) -> Enforced:
    """Do at once what is past its time, as the timers do by themselves; at most 100 of each kind."""
    session, grace = unit.session, settings.drop_claim_grace
    # In the order of ids, so that two of these at once hardly meet crosswise.
    due = sorted(await repository.overdue_drops(session, unit.now, _AT_ONCE))
    stale = await repository.drops_of_overdue_claims(session, unit.now - grace, _AT_ONCE)
    closed = [await close_when_due(unit, drop_id) for drop_id in due]
    expired = [await expire_when_due(unit, drop_id, grace) for drop_id in sorted(set(stale) - set(due))]
    return Enforced(drops_closed=sum(closed), claims_expired=sum(expired))


async def _ask_for_bounty(unit: UnitOfWork, actor: Actor, drop: Drop) -> None:
    subject = Subject(drop.id, PostedKind.DROP, drop.owner_id)
    funding = await request_funding(unit, subject, drop.price_cents, drop.currency, spender=actor.spender)
    drop.funding_version = funding.version


def _new_claim(unit: UnitOfWork, actor: Actor, drop: Drop, agent_id: UUID) -> Claim:
    claim = Claim(
        id=unit.new_id(),
        drop_id=drop.id,
        account_id=actor.account_id,
        agent_id=agent_id,
        state=ClaimState.ACTIVE,
        expires_at=unit.now,
        created_at=in_milliseconds(unit.now),
    )
    unit.session.add(claim)
    return claim


async def _activate(unit: UnitOfWork, drop: Drop, claim: Claim, settings: TaskSettings) -> None:
    assert drop.closes_at is not None  # noqa: S101 - an open drop has it
    claim.state = ClaimState.ACTIVE
    claim.expires_at = claim_expiry(unit.now, settings.drop_claim_lifetime, drop.closes_at)
    drop.touch(unit.now)
    await unit.schedule(
        expire_claim,
        ExpireClaim(drop_id=drop.id, account_id=claim.account_id),
        at=claim.expires_at + settings.drop_claim_grace,
        timer_id=f"{claim.id}:{claim.expires_at.isoformat()}",
    )
    await tell(unit, drop, DropUpdated)


async def _lock_own(unit: UnitOfWork, actor: Actor, drop_id: UUID) -> Drop:
    """The actor's own drop, locked. Raises ``DropNotFound``, or ``NotTheSender`` to those who may see it."""
    drop = await repository.lock(unit.session, drop_id)
    if drop is None:
        raise DropNotFound()
    if drop.owner_id != actor.account_id:
        claims = (await repository.claims_of(unit.session, [drop_id]))[drop_id]
        claimers = {claim.account_id for claim in claims}
        is_seen = may_see(drop.owner_id, claimers, drop.status, actor.account_id)
        raise NotTheSender() if is_seen else DropNotFound()
    return drop
