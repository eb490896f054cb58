"""Each service's role is refused on every other schema."""

import itertools

import asyncpg
import pytest

from joust_contracts.services import ServiceName
from joust_embedded.stack import Stack

PAIRS = [(own, other) for own, other in itertools.product(ServiceName, ServiceName) if own is not other]


async def connect(stack: Stack, name: ServiceName) -> asyncpg.Connection:
    url = stack.env[name][f"JOUST_{name.upper()}_DATABASE_URL"]
    return await asyncpg.connect(url.replace("+asyncpg", ""))


@pytest.mark.parametrize(("own", "other"), PAIRS, ids=[f"{own} on {other}" for own, other in PAIRS])
async def test_a_services_role_can_do_nothing_in_another_schema(
    stack: Stack, own: ServiceName, other: ServiceName
) -> None:
    admin = await asyncpg.connect(stack.database_dsn)
    tables = await admin.fetch("SELECT tablename FROM pg_tables WHERE schemaname = $1", other.value)
    await admin.close()
    assert len(tables) >= 6
    connection = await connect(stack, own)
    try:
        for (table,) in tables:
            for statement in ("SELECT 1 FROM", "DELETE FROM", "TRUNCATE"):
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await connection.execute(f"{statement} {other}.{table}")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(f"CREATE TABLE {other}.mine (id int)")
    finally:
        await connection.close()


@pytest.mark.parametrize("name", ServiceName)
async def test_a_services_role_can_not_change_the_tables_of_its_own_schema(
    stack: Stack, name: ServiceName
) -> None:
    connection = await connect(stack, name)
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(f"ALTER TABLE {name}.outbox ADD COLUMN mine int")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("CREATE TABLE public.mine (id int)")
    finally:
        await connection.close()
