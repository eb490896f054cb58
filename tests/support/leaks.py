"""Checker: nothing is left over. Neither objects nor leases, locks, transactions, connections or processes."""

from datetime import timedelta

import asyncpg
import psutil

from joust_contracts.services import ServiceName
from joust_embedded.stack import Stack
from joust_kit.multipart import ObjectParts
from joust_kit.storage import ObjectStorage
from joust_submission.artifacts.keys import KEY_PREFIX, UPLOAD_PREFIX, key_of_upload
from joust_submission.artifacts.orphans import OrphanSweep
from joust_submission.assets.keys import ASSETS
from joust_submission.assets.sweep import AssetSweep
from joust_submission.workspace.files.keys import FILES
from joust_submission.workspace.files.sweep import WorkspaceSweep
from joust_task.files.keys import KEY_PREFIX as TASK_FILES
from joust_task.files.orphans import OrphanSweep as TaskSweep
from tests.support.arena import eventually
from tests.support.services import database_of, service_of

PATIENCE_SECONDS = 35.0
"""A lease of a worker that died lasts 30 s."""


async def nothing_is_left_over(stack: Stack, *, seconds: float = PATIENCE_SECONDS) -> None:
    """Fails if something is still there after ``seconds`` that nobody alive holds."""

    async def clean() -> bool:
        return not await find_leaks(stack)

    try:
        await eventually(clean, seconds=seconds, every=0.5)
    except TimeoutError:
        assert await find_leaks(stack) == []


async def find_leaks(stack: Stack) -> list[str]:
    """What is left over, a line for each."""
    admin = await asyncpg.connect(stack.database_dsn)
    try:
        in_database = [*await leases(admin), *await locks(admin), *await transactions(admin)]
        in_database += await connections(admin, stack)
    finally:
        await admin.close()
    return [*in_database, *processes(stack), *await objects(stack)]


async def leases(admin: asyncpg.Connection) -> list[str]:
    """Jobs that somebody has taken. At rest nobody has."""
    taken = " UNION ALL ".join(
        f"SELECT '{name}' AS service, queue, id FROM {name}.{name}_jobs WHERE acquired_token IS NOT NULL"
        for name in ServiceName
    )
    return [
        f"job {row['id']} of {row['service']} {row['queue']} is taken" for row in await admin.fetch(taken)
    ]


async def locks(admin: asyncpg.Connection) -> list[str]:
    """Advisory locks other than that of each service's one relay."""
    rows = await admin.fetch(
        "SELECT application_name FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE locktype = 'advisory'"
    )
    holders = sorted(row["application_name"] for row in rows)
    relays = sorted(f"joust-{name}-relay" for name in ServiceName)
    return [] if holders == relays else [f"advisory locks are held by {holders}"]


async def transactions(admin: asyncpg.Connection) -> list[str]:
    """Transactions in which nobody does anything."""
    rows = await admin.fetch(
        "SELECT pid, application_name, query FROM pg_stat_activity"
        " WHERE state LIKE 'idle in transaction%' AND state_change < clock_timestamp() - interval '0.5 seconds'"
        " UNION ALL SELECT 0, 'prepared', gid FROM pg_prepared_xacts"
    )
    return [f"transaction of {row['application_name']} is left open after {row['query']}" for row in rows]


async def connections(admin: asyncpg.Connection, stack: Stack) -> list[str]:
    """Connections to PostgreSQL whose service is gone."""
    rows = await admin.fetch(
        "SELECT client_port, application_name FROM pg_stat_activity WHERE application_name LIKE 'joust-%'"
    )
    alive = {
        connection.laddr.port
        for name in ServiceName
        for process in _lives_of(stack, name)
        for connection in process.net_connections("tcp")
        if connection.laddr
    }
    return [f"connection of {row[1]} has no process" for row in rows if row[0] not in alive]


def processes(stack: Stack) -> list[str]:
    """Processes of the stack's services beside those that the supervisor knows, and dead ones."""
    found = [
        f"process {child.pid} is a zombie"
        for child in psutil.Process().children(recursive=True)
        if child.status() == psutil.STATUS_ZOMBIE
    ]
    known = {process.pid: name for name in ServiceName for process in _lives_of(stack, name)}
    for process in psutil.process_iter():
        try:
            name = _service_of(process, stack)
            if name is not None and known.get(process.pid) != name:
                found.append(f"process {process.pid} of {name} is unknown to the supervisor")
        except psutil.Error:
            continue
    return found


def _lives_of(stack: Stack, name: ServiceName) -> list[psutil.Process]:
    """The processes that the supervisor knows, and those that they fork where a test lets them (``reborn``)."""
    known = [psutil.Process(stack.pid(process)) for process in stack.settings.processes_of(name)]
    return [*known, *(child for process in known for child in process.children())]


def _service_of(process: psutil.Process, stack: Stack) -> ServiceName | None:
    """Whose command the process runs on this stack."""
    command = process.cmdline()
    for name in ServiceName:
        if f"joust_{name}" in command:
            variable = f"JOUST_{name.value.upper()}_DATABASE_URL"
            return name if process.environ().get(variable) == stack.env[name][variable] else None
    return None


async def objects(stack: Stack) -> list[str]:
    """Objects without a row after a sweep, and rows without their object."""
    return [*await _objects_of_submissions(stack), *await _objects_of_tasks(stack)]


async def _objects_of_submissions(stack: Stack) -> list[str]:
    service = service_of(stack, ServiceName.SUBMISSION)
    async with database_of(service) as database, ObjectStorage(service.settings) as storage:
        await OrphanSweep(database, storage, min_age=timedelta(), interval=timedelta(hours=1)).sweep()
        await WorkspaceSweep(database, storage, min_age=timedelta(), interval=timedelta(hours=1)).sweep()
        parts = ObjectParts(storage)
        await AssetSweep(database, storage, timedelta(), timedelta(hours=1), parts).sweep()
        stored = {listed.key async for listed in storage.list_objects(KEY_PREFIX)}
        stored |= {listed.key async for listed in storage.list_objects(ASSETS)}
        stored |= {listed.key async for listed in storage.list_objects(FILES)}
        uploads = {listed.key async for listed in storage.list_objects(UPLOAD_PREFIX)}
    admin = await asyncpg.connect(stack.database_dsn)
    try:
        rows = await admin.fetch(
            "SELECT artifact ->> 'key' FROM submission.submissions WHERE artifact IS NOT NULL "
            "UNION ALL SELECT 'workspaces/' || account_id || '/' || object_id FROM submission.workspace_files "
            "UNION ALL SELECT key FROM submission.assets WHERE key LIKE 'competition-assets/%'"
        )
        waiting = await admin.fetch("SELECT id FROM submission.submissions WHERE status = 'registered'")
    finally:
        await admin.close()
    stored |= uploads - {key_of_upload(row[0]) for row in waiting}
    return _told(stored, {row[0] for row in rows})


async def _objects_of_tasks(stack: Stack) -> list[str]:
    service = service_of(stack, ServiceName.TASK)
    async with database_of(service) as database, ObjectStorage(service.settings) as storage:
        await TaskSweep(database, storage, min_age=timedelta(), interval=timedelta(hours=1)).sweep()
        stored = {listed.key async for listed in storage.list_objects(TASK_FILES)}
    admin = await asyncpg.connect(stack.database_dsn)
    try:
        rows = await admin.fetch(
            "SELECT 'tasks/' || task_id || '/attachments/' || id FROM task.attachments UNION ALL"
            " SELECT file ->> 'key' FROM task.tasks,"
            " LATERAL (VALUES (test_suite), (reference_sample), (cheat_sample)) AS files (file)"
            " WHERE file IS NOT NULL"
        )
    finally:
        await admin.close()
    return _told(stored, {row[0] for row in rows})


def _told(stored: set[str], wanted: set[str]) -> list[str]:
    return [f"object {key} belongs to nothing" for key in sorted(stored - wanted)] + [
        f"object {key} is gone" for key in sorted(wanted - stored)
    ]
