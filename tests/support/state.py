"""What services know, as hashes: equal before and after is the same state."""

import hashlib
from collections.abc import Sequence
from importlib import import_module

import asyncpg

from joust_contracts.services import ServiceName

KIT_TABLES = {"outbox", "inbox", "inbox_retries", "idempotency_keys", "alembic_version"}
"""How events and requests travel, which is no state of the domain. Jobs have tables of their own."""


def domain_tables(name: ServiceName) -> list[str]:
    """Tables of a service that hold its domain."""
    tables = import_module(f"joust_{name}.tables").METADATA.tables.values()
    return sorted(
        table.name
        for table in tables
        if table.name not in KIT_TABLES and not table.name.startswith(f"{name}_")
    )


async def fingerprints(admin: asyncpg.Connection) -> dict[str, str]:
    """A hash of each table of the domain of each service."""
    return {
        f"{name}.{table}": await fingerprint(admin, f"{name}.{table}")
        for name in ServiceName
        for table in domain_tables(name)
        if name is not ServiceName.GATEWAY  # it notes when keys were used
    }


async def fingerprint(admin: asyncpg.Connection, table: str, without: Sequence[str] = ()) -> str:
    """A hash of a table's rows in whatever order, ``without`` some columns."""
    rows = await admin.fetch(f"SELECT (to_jsonb(t) - $1::text[])::text FROM {table} t", list(without))
    return hashlib.sha256("\n".join(sorted(row[0] for row in rows)).encode()).hexdigest()


async def dropped_projections(admin: asyncpg.Connection, name: ServiceName) -> None:
    """Empty what the service knows from others."""
    tables = import_module(f"joust_{name}.entries.models").PROJECTIONS
    await admin.execute("TRUNCATE " + ", ".join(f"{name}.{table}" for table in tables))
