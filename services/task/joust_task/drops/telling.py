"""Tells what became of a drop, with the claims as they are by then."""

from joust_contracts.events.drops import DropEvent
from joust_kit.database.unit_of_work import UnitOfWork
from joust_task.drops import repository
from joust_task.drops.models import Drop


async def tell(unit: UnitOfWork, drop: Drop, event: type[DropEvent]) -> None:
    """Emit ``event`` about a drop that is locked."""
    await unit.session.flush()
    claims = await repository.claims_of(unit.session, [drop.id])
    unit.emit(event(drop=drop.snapshot(claims[drop.id])))
