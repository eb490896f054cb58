"""No role of any service can change or remove what was written to the ledger."""

import itertools

import asyncpg
import pytest

from joust_contracts.services import ServiceName
from joust_embedded.stack import Stack
from tests.support.arena import Arena

TABLES = ("postings", "transfers", "accounts", "deals", "escrows", "withdrawals")
STATEMENTS = (
    "DELETE FROM wallet.{}",
    "TRUNCATE wallet.{} CASCADE",
    "ALTER TABLE wallet.{} DISABLE TRIGGER ALL",
    "DROP TABLE wallet.{} CASCADE",
    "CREATE TRIGGER mine BEFORE INSERT ON wallet.{} EXECUTE FUNCTION suppress_redundant_updates_trigger()",
)
CHANGES = (
    "UPDATE wallet.postings SET amount_cents = amount_cents + 1",
    "UPDATE wallet.postings SET balance_after_cents = 0",
    "UPDATE wallet.transfers SET idempotency_key = idempotency_key || 'x'",
    "UPDATE wallet.transfers SET fingerprint = sha256('')",
    "UPDATE wallet.accounts SET owner_id = gen_random_uuid()",
    "UPDATE wallet.accounts SET kind = 'external_funding'",
    "SET session_replication_role = replica",
)
TRIALS = [*(each.format(table) for each, table in itertools.product(STATEMENTS, TABLES)), *CHANGES]


async def connect(stack: Stack, name: ServiceName) -> asyncpg.Connection:
    url = stack.env[name][f"JOUST_{name.upper()}_DATABASE_URL"]
    return await asyncpg.connect(url.replace("+asyncpg", ""))


@pytest.mark.parametrize("name", ServiceName)
async def test_no_role_of_a_service_can_change_or_remove_a_line_of_the_ledger(
    stack: Stack, arena: Arena, name: ServiceName
) -> None:
    await arena.sign_up("Poster", cents=100)
    connection = await connect(stack, name)
    try:
        for statement in TRIALS:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement)
    finally:
        await connection.close()


async def test_the_wallets_role_can_not_give_an_account_what_no_posting_gave_it(
    stack: Stack, arena: Arena
) -> None:
    poster = await arena.sign_up("Poster", cents=100)
    connection = await connect(stack, ServiceName.WALLET)
    try:
        for change in ("balance_cents = balance_cents + 1", "balance_cents = 0, version = version + 1"):
            with pytest.raises(asyncpg.IntegrityConstraintViolationError):
                await connection.execute(
                    f"UPDATE wallet.accounts SET {change} WHERE owner_id = $1", poster.account_id
                )
    finally:
        await connection.close()
    assert (await poster.balance())["available_cents"] == 100
