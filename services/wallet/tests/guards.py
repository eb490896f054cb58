"""The database's guards of the ledger, switched off for a block; whatever the block does is undone."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from joust_kit.database.unit_of_work import UnitOfWork
from joust_kit.testing.component import ServiceUnderTest
from joust_wallet.auditor import find_all_violations
from joust_wallet.ledger import audit as ledger_audit

_OFF = (
    "SET LOCAL session_replication_role = replica",  # no triggers, and so no foreign keys
    "ALTER TABLE wallet.accounts DROP CONSTRAINT ck_accounts_balance_not_negative",
    "ALTER TABLE wallet.postings DROP CONSTRAINT ck_postings_adds_up",
    "ALTER TABLE wallet.transfers DROP CONSTRAINT ck_transfers_deal_has_one_key",
    "ALTER TABLE wallet.transfers DROP CONSTRAINT ck_transfers_escrow_ends_once",
)


class Undo(Exception):
    """Leaves the transaction, so that the damage is gone."""


@asynccontextmanager
async def unguarded(wallet: ServiceUnderTest) -> AsyncIterator[UnitOfWork]:
    """A transaction in which the ledger takes anything, and of which nothing is left."""
    with suppress(Undo):
        async with wallet.database.transaction() as unit:
            for statement in _OFF:
                await unit.session.execute(text(statement))
            yield unit
            raise Undo


async def broken_rules(session: AsyncSession) -> set[str]:
    """Names of the rules that an audit of everything finds broken."""
    found = await find_all_violations(session)
    assert all(each.subject and each.detail is not None for each in found)
    return {each.rule for each in found}


async def recently_broken_rules(session: AsyncSession) -> set[str]:
    """Names of the rules that an audit of the newest postings finds broken."""
    found = await ledger_audit.find_recent_violations(session, newest=100)
    assert all(each.subject and each.detail is not None for each in found)
    return {each.rule for each in found}
