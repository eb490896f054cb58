"""The database of a simulation: all seven schemas, with a clock and ids that the simulation sets."""

import asyncio
from collections.abc import Sequence
from typing import Any

import asyncpg

from joust_contracts.services import ServiceName
from joust_kit.database.migrations import upgrade
from tests.simulation.session import Session

_CLOCK_AND_IDS = """
CREATE SCHEMA sim;
CREATE SEQUENCE sim.ids;
CREATE FUNCTION sim.now() RETURNS timestamptz LANGUAGE sql STABLE AS
    $$ SELECT coalesce(nullif(current_setting('sim.now', true), ''), '2030-01-01Z')::timestamptz $$;
CREATE FUNCTION sim.pg_current_snapshot() RETURNS pg_snapshot LANGUAGE sql VOLATILE AS
    $$ SELECT (coalesce(oldest_open, next) || ':' || next || ':')::pg_snapshot FROM (
         SELECT min(xid) AS oldest_open,
                greatest(pg_snapshot_xmax(pg_catalog.pg_current_snapshot())::text::bigint, max(xid) + 1) AS next
         FROM (SELECT backend_xid::text::bigint AS xid FROM pg_stat_activity
               WHERE datname = current_database() AND backend_xid IS NOT NULL) AS open) AS ours $$;
CREATE FUNCTION sim.uuidv7() RETURNS uuid LANGUAGE sql VOLATILE AS
    $$ SELECT (lpad(to_hex((extract(epoch FROM sim.now()) * 1000)::bigint), 12, '0')
        || '7000' || '8' || lpad(to_hex(nextval('sim.ids')), 15, '0'))::uuid $$;
"""
"""They stand before PostgreSQL's own in ``search_path``, so that the services' SQL and the defaults of the
columns, which are bound when the migrations run, get these. The snapshot tells the same whatever other databases
of the server do: PostgreSQL's own ends at the newest transaction that is over, which may be one of theirs, newer or
older than what is open here; this one ends after all that has begun here."""


_RESTART_SECONDS = 30.0
_SERVER_GONE = (
    OSError,
    asyncpg.ConnectionDoesNotExistError,  # it went in the middle of a statement
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,  # it starts, or stops
)
_SCHEMAS = ", ".join(f"'{service}'" for service in ServiceName)
_TABLES = f"""
    SELECT nspname || '.' || relname FROM pg_class AS class JOIN pg_namespace ON pg_namespace.oid = relnamespace
    WHERE nspname IN ({_SCHEMAS}) AND relkind = 'r' AND relname <> 'alembic_version'"""
_STEADY = f"""
DO $$ DECLARE name text; BEGIN
    FOR name IN {_TABLES} LOOP EXECUTE 'ALTER TABLE ' || name || ' SET (autovacuum_enabled = false)'; END LOOP;
END $$"""
"""Statistics that change by themselves would change plans, and with them the order of rows."""


def make_template(dsn: str, name: str) -> None:
    """Make the database ``name`` with all schemas, migrated. Call it outside of an event loop."""
    url = dsn.rpartition("/")[0] + "/" + name
    asyncio.run(_create(dsn, name, url))
    for service in ServiceName:
        upgrade(f"joust_{service}", url.replace("postgresql://", "postgresql+asyncpg://"))
    asyncio.run(execute(url, _STEADY))


async def _create(dsn: str, name: str, url: str) -> None:
    await execute(dsn, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)", f"CREATE DATABASE {name}")
    schemas = [f"CREATE SCHEMA {service}" for service in ServiceName]
    await execute(url, _CLOCK_AND_IDS, *schemas)
    # What a crash of the server would lose does not matter here, and waiting for disks would.
    settings = {
        "synchronous_commit": "off",
        "search_path": "sim, pg_catalog, public",
        "jit": "off",
        # By the real clock. Clients wait by the virtual one, and cancel.
        "deadlock_timeout": "3600000",
    }
    await execute(dsn, *(f"ALTER DATABASE {name} SET {key} = {value}" for key, value in settings.items()))


def copy(dsn: str, template: str, name: str) -> str:
    """A database like the template; returns its DSN."""
    drop, create = (
        f"DROP DATABASE IF EXISTS {name} WITH (FORCE)",
        f"CREATE DATABASE {name} TEMPLATE {template}",
    )
    settings = f"""DO $$ DECLARE setting text; BEGIN
        FOR setting IN SELECT unnest(setconfig) FROM pg_db_role_setting JOIN pg_database d ON d.oid = setdatabase
            WHERE datname = '{template}' AND setrole = 0
        LOOP EXECUTE format('ALTER DATABASE {name} SET %I = %s', split_part(setting, '=', 1), split_part(setting, '=', 2));
        END LOOP; END $$"""
    asyncio.run(execute(dsn, drop, create, settings))
    return dsn.rpartition("/")[0] + "/" + name


async def execute(dsn: str, *statements: str) -> None:
    """Run statements, each on its own."""
    connection: Any = await asyncpg.connect(dsn, ssl=False)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


async def drop(dsn: str, names: Sequence[str]) -> None:
    """Drop databases, also when the server restarts meanwhile.

    It ends all connections when it is told to stop, as when a whole test run is interrupted, or when one of its
    processes dies; its supervisor starts it again. Whether a database is gone is unknown then, so it is dropped if
    it exists. Raises what went wrong last if the server does not come back.
    """
    give_up_at = asyncio.get_running_loop().time() + _RESTART_SECONDS
    left = list(names)
    while left:
        try:
            await execute(dsn, f"DROP DATABASE IF EXISTS {left[-1]} WITH (FORCE)")
            left.pop()
        except _SERVER_GONE:
            if asyncio.get_running_loop().time() > give_up_at:
                raise
            await asyncio.sleep(0.2)


class Emptier:
    """Brings a database back to how the migrations left it, also in how the rows will lie on its pages.

    Rows that lie in another order come in another order where a query asks for none, and plans depend on how
    large tables and indexes have grown, and on whether they were ever vacuumed. ``TRUNCATE`` makes all of it anew.
    """

    def __init__(self, admin: Session) -> None:
        self._admin = admin
        sequences = admin.query(
            f"SELECT schemaname || '.' || sequencename FROM pg_sequences WHERE schemaname IN ({_SCHEMAS}, 'sim')"
        )
        self._restart = ";".join(f"SELECT setval('{name}', 1, false)" for [name] in sequences)

    def __call__(self) -> None:
        """Empty what has been written to."""
        written = self._admin.query(f"{_TABLES} AND pg_relation_size(class.oid) > 0")
        names = ", ".join(str(name) for [name] in written)
        empty = f"TRUNCATE {names} CASCADE;" if names else ""
        # The ledger's triggers refuse it.
        self._admin.query(f"SET session_replication_role = replica; {empty} {self._restart}")
        self._admin.query("SET session_replication_role = origin")
