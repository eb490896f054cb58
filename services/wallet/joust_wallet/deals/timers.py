"""Waiting deals settle by themselves as soon as money comes: with a deposit, or by a durable job.

A poster's waiting deals are paid strictly in the order of their age, as far as the balance goes: the first
that it does not cover stops the rest, so that a small late deal can't keep an old one waiting for ever. A
new deal is no waiting one: it is paid at once if the balance covers it.
"""

from collections.abc import Collection
from uuid import UUID

from joust_contracts.base import Command, Currency
from joust_contracts.events import DealSettled
from joust_kit.database.unit_of_work import UnitOfWork
from joust_kit.jobs import JobContext, job
from joust_wallet.deals import repository
from joust_wallet.deals.models import Deal
from joust_wallet.ledger import commands as ledger
from joust_wallet.ledger.book import Book
from joust_wallet.ledger.rules import Transfer

DEALS_AT_ONCE = 50
"""Deals in one transaction; more are left to the job, because each locks its agent's account."""


class SettleDeals(Command):
    """Whose waiting deals may be covered now."""

    poster_id: UUID
    currency: Currency


@job(SettleDeals, queue="settle_deals", max_attempts=1000)
async def settle_deals(body: SettleDeals, context: JobContext) -> None:
    """Pay what the poster's balance covers. Running twice, or with nothing to do, changes nothing."""
    async with context.database.transaction(correlation_id=context.correlation_id) as unit:
        await settle_waiting_deals(unit, body.poster_id, body.currency)


async def settle_waiting_deals(
    unit: UnitOfWork, poster_id: UUID, currency: str, *, after: Transfer | None = None
) -> None:
    """Make the transfer ``after``, if one is given, and then pay what it and the balance cover."""
    await ledger.hold_owner(unit, poster_id)
    waiting = await repository.lock_pending(unit.session, poster_id, currency, DEALS_AT_ONCE)
    payments = [(deal, deal.payment()) for deal in waiting]
    first = [after] if after is not None else []
    book = await ledger.open_book(unit, [*first, *(payment for _, payment in payments if payment)])
    for transfer in first:
        book.enter(transfer, unit.new_id())
    settled = []
    for deal, payment in payments:
        if not settle_if_covered(unit, book, deal, payment):
            break
        settled.append(deal)
        unit.emit(DealSettled(deal=deal.snapshot()))
    await ledger.write_book(unit, book)
    await wake_waiting_deals(unit, {deal.agent_account_id for deal in settled}, currency)
    if len(settled) == DEALS_AT_ONCE:
        await unit.schedule(settle_deals, SettleDeals(poster_id=poster_id, currency=currency))


def settle_if_covered(unit: UnitOfWork, book: Book, deal: Deal, payment: Transfer | None) -> bool:
    """Pay the deal if the balance in ``book`` covers it; one that moves no money always is."""
    if payment is not None:
        if not book.covers(payment):
            return False
        book.enter(payment, unit.new_id())
    deal.settle(unit.now)
    return True


async def wake_waiting_deals(unit: UnitOfWork, accounts: Collection[UUID], currency: str) -> None:
    """Have the waiting deals of ``accounts`` that got money looked at, each in a transaction of its own.

    Call it while the accounts are locked: a deal that is recorded as waiting later sees the new balance.
    """
    if not accounts:
        return
    for account_id in await repository.with_pending(unit.session, accounts, currency):
        await unit.schedule(settle_deals, SettleDeals(poster_id=account_id, currency=currency))
