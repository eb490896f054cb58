"""The role of the running service, as the stack provisions it, can add to the ledger and nothing else."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

from joust_kit.clock import SystemClock
from joust_kit.database.migrations import upgrade
from joust_kit.database.unit_of_work import UnitOfWork
from joust_kit.ids import RandomIds
from joust_wallet.base import KIT
from joust_wallet.deposits.rules import funding_of
from joust_wallet.ledger.commands import post
from joust_wallet.ledger.queries import get_balance

DATABASE = "test_wallet_grants"
OWNER, RUNTIME = "joust_wallet_owner", "joust_wallet"


@pytest.fixture(scope="module")
async def runtime(parts: Any) -> AsyncIterator[Any]:
    """A connection as the runtime role, to a schema that its owner migrated with the stack's grants."""
    admin = await asyncpg.connect(parts.dsn)
    await admin.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
    await admin.execute(f"CREATE DATABASE {DATABASE}")
    for role in (OWNER, RUNTIME):
        if not await admin.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", role):
            await admin.execute(f"CREATE ROLE {role}")
    await admin.close()
    url = _url(parts)
    connection = await asyncpg.connect(url)
    grant = "ALTER DEFAULT PRIVILEGES IN SCHEMA wallet GRANT"
    await connection.execute(
        f"CREATE SCHEMA wallet; GRANT USAGE ON SCHEMA wallet TO {RUNTIME};"
        f"{grant} SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON TABLES TO {RUNTIME};"
        f"{grant} USAGE, SELECT ON SEQUENCES TO {RUNTIME}"
    )
    await asyncio.to_thread(upgrade, "joust_wallet", url.replace("postgresql://", "postgresql+asyncpg://"))
    await connection.execute(f"SET ROLE {RUNTIME}")
    yield connection
    await connection.close()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE wallet.postings SET amount_cents = 1",
        "DELETE FROM wallet.postings",
        "TRUNCATE wallet.postings",
        "UPDATE wallet.transfers SET kind = 'deal'",
        "DELETE FROM wallet.transfers",
        "TRUNCATE wallet.transfers CASCADE",
        "UPDATE wallet.accounts SET owner_id = NULL",
        "UPDATE wallet.accounts SET currency = 'eur'",
        "DELETE FROM wallet.accounts",
        "DELETE FROM wallet.deals",
        "TRUNCATE wallet.deals",
        "DELETE FROM wallet.escrows",
        "DELETE FROM wallet.withdrawals",
        "ALTER TABLE wallet.postings DISABLE TRIGGER ALL",
        "DROP TRIGGER append_only ON wallet.postings",
        "SET session_replication_role = replica",
    ],
)
async def test_the_runtime_role_may_not_tamper(runtime: Any, statement: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await runtime.execute(statement)


async def test_the_runtime_role_may_do_all_that_the_service_does(parts: Any, runtime: Any) -> None:
    await runtime.execute("TRUNCATE wallet.tasks, wallet.submissions, wallet.inbox")
    url = _url(parts).replace("postgresql://", "postgresql+asyncpg://")
    engine = create_async_engine(url, connect_args={"server_settings": {"role": RUNTIME}})
    owner = RandomIds().new()
    for cents in (100, 200):
        async with AsyncSession(engine) as session, session.begin():
            unit = UnitOfWork(session, KIT, clock=SystemClock(), ids=RandomIds())
            await post(unit, funding_of(unit.new_id(), owner, cents, "usd"))
            balance = await get_balance(session, owner, "usd")
    await engine.dispose()
    assert balance.available_cents == 300


def _url(parts: Any) -> str:
    return f"{parts.dsn.rpartition('/')[0]}/{DATABASE}"
