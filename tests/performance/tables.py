"""Tables of floors and peers: the shape, the indexes and the rows of the real ones, in a schema ``bench``."""

import re
from dataclasses import dataclass
from uuid import UUID

import asyncpg

CLAIM = """
    WITH lock AS MATERIALIZED (SELECT pg_try_advisory_xact_lock($1::bigint) AS taken),
    claimed AS (
        INSERT INTO bench.idempotency_keys (scope_hash, request_hash)
        SELECT $2::bytea, $3::bytea FROM lock WHERE taken
        ON CONFLICT (scope_hash) DO UPDATE
        SET request_hash = excluded.request_hash, status = NULL, body = NULL, created_at = now()
        WHERE idempotency_keys.created_at < now() - interval '24 hours'
        RETURNING scope_hash
    )
    SELECT taken, EXISTS (SELECT FROM claimed) FROM lock
"""
TELL = """
    WITH written AS (
        INSERT INTO bench.outbox (topic, ordering_key, headers, value)
        VALUES ('task', $1::uuid, $2::jsonb, $3::bytea) RETURNING id
    )
    SELECT pg_notify('bench_outbox', '') FROM written LIMIT 1
"""
STORE = "UPDATE bench.idempotency_keys SET status = 201, body = $2::bytea WHERE scope_hash = $1::bytea"


@dataclass(frozen=True)
class BenchTables:
    """What floors and peers need to know of their tables."""

    task_id: UUID
    """The same row as the task that was copied."""
    pgbench_write: str
    """The statements of a write, as a script of pgbench: rows of the size that the service writes."""
    pgbench_read: str


async def make_tables(database: asyncpg.Connection, task_id: UUID) -> BenchTables:
    """Make the tables anew, with a copy of the task."""
    await database.execute(
        """
        CREATE SCHEMA IF NOT EXISTS bench;
        DROP TABLE IF EXISTS bench.tasks, bench.idempotency_keys, bench.outbox, bench.told;
        DROP SEQUENCE IF EXISTS bench.outbox_id_seq;
        CREATE TABLE bench.tasks (LIKE task.tasks INCLUDING ALL);
        CREATE TABLE bench.idempotency_keys (LIKE task.idempotency_keys INCLUDING ALL);
        CREATE TABLE bench.outbox (LIKE task.outbox INCLUDING ALL);
        CREATE SEQUENCE bench.outbox_id_seq;
        ALTER TABLE bench.outbox ALTER id SET DEFAULT nextval('bench.outbox_id_seq');
        """
    )
    columns = await written_columns(database)
    listed = ", ".join(["id", *columns])
    await database.execute(
        f"INSERT INTO bench.tasks ({listed}) SELECT {listed} FROM task.tasks WHERE id = $1", task_id
    )
    told = await database.fetchval(
        f"SELECT row_to_json(t)::text FROM (SELECT {listed} FROM bench.tasks) t WHERE id = $1", task_id
    )
    values = await database.fetchrow(
        f"SELECT {', '.join(f'quote_nullable({name})' for name in columns)} FROM bench.tasks WHERE id = $1",
        task_id,
    )
    # pgbench takes a colon before a word for a variable of its own.
    literals = ", ".join(_without_colons(value) for value in values.values())
    event = _without_colons("'" + told.replace("'", "''") + "'")
    return BenchTables(
        task_id,
        _write_script(columns, literals, event),
        f"SELECT {listed} FROM bench.tasks WHERE id = '{task_id}';\n",
    )


async def written_columns(database: asyncpg.Connection) -> list[str]:
    """Columns of a task beside its id, without those that the database makes by itself."""
    rows = await database.fetch(
        "SELECT column_name FROM information_schema.columns WHERE table_schema = 'task' "
        "AND table_name = 'tasks' AND column_name <> 'id' AND is_generated = 'NEVER' ORDER BY ordinal_position"
    )
    return [row["column_name"] for row in rows]


def insert_task(columns: list[str]) -> str:
    """The statement that inserts a task by asyncpg."""
    places = ", ".join(f"${number}" for number in range(1, len(columns) + 1))
    return f"INSERT INTO bench.tasks ({', '.join(columns)}) VALUES ({places})"


HEADERS = (
    '{"ce_id": "018f0000-0000-7000-8000-000000000000", "ce_type": "task.created.v1", '
    '"ce_source": "/joust/task", "ce_time": "2026-01-01T00:00:00+00:00", "ce_specversion": "1.0", '
    '"ce_subject": "018f0000-0000-7000-8000-000000000000", "ce_aggregateversion": "1", '
    '"content-type": "application/json"}'
)


def _without_colons(literal: str) -> str:
    """The same value with each colon as an escape, in which pgbench sees no variable."""
    if ":" not in literal:
        return literal
    return "E" + re.sub(":", r"\\x3a", literal.replace("\\", "\\\\"))


def _write_script(columns: list[str], literals: str, event: str) -> str:
    headers = _without_colons(f"'{HEADERS}'")
    hashed = "sha256(int8send(CAST(:lock AS bigint)))"
    claim = CLAIM.replace("$1::bigint", "CAST(:lock AS bigint)").replace("$2::bytea", hashed)
    claim = claim.replace("$3::bytea", "sha256('request')")
    tell = TELL.replace("$1::uuid", "gen_random_uuid()").replace("$2::jsonb", f"CAST({headers} AS jsonb)")
    tell = tell.replace("$3::bytea", f"convert_to({event}, 'UTF8')")
    store = STORE.replace("$1::bytea", hashed).replace("$2::bytea", f"convert_to({event}, 'UTF8')")
    task = f"INSERT INTO bench.tasks (id, {', '.join(columns)}) VALUES (gen_random_uuid(), {literals})"
    statements = ["BEGIN", claim, task, tell, store, "COMMIT"]
    lines = [" ".join(statement.split()) for statement in statements]
    return "\\set lock random(1, 9000000000000000000)\n" + ";\n".join(lines) + ";\n"
