"""Bugs planted into a sound arena: each checker finds the one that it is there for."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from uuid import uuid4

import asyncpg
import pytest

from joust_contracts.services import ServiceName
from joust_embedded.stack import Stack
from joust_kit.messaging.envelope import Message
from joust_kit.storage import ObjectStorage
from joust_submission.artifacts.keys import key_of
from joust_submission.artifacts.orphans import OrphanSweep
from tests.support import checkers
from tests.support.arena import Arena, eventually
from tests.support.leaks import find_leaks, nothing_is_left_over
from tests.support.load import History, play_one
from tests.support.rebuild import rebuild_differs
from tests.support.services import service_of
from tests.support.soundness import arena_is_sound, tasks_of
from tests.support.telling import skipped_versions, untold


@dataclass(frozen=True)
class Sound:
    """A bounty that went well, and everything that was told."""

    history: History
    messages: Sequence[Message]
    task_id: str


@pytest.fixture(scope="module")
async def sound(stack: Stack) -> AsyncIterator[Sound]:
    arena, history = Arena(stack), History()
    await play_one(arena, history)
    await arena_is_sound(stack, history)
    messages = await checkers.all_topics(stack)
    (task_id,) = tasks_of(messages, history)
    yield Sound(history, messages, task_id)
    await arena_is_sound(stack, history)
    await arena.close()


@pytest.fixture
async def admin(stack: Stack) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(stack.database_dsn)
    yield connection
    await connection.close()


def about(sound: Sound, wire_type: str) -> Message:
    """The event of this type about the task."""
    return next(
        message
        for message in sound.messages
        if message.wire_type == wire_type and message.headers["ce_partitionkey"] == sound.task_id
    )


def without(sound: Sound, wire_type: str) -> list[Message]:
    """What the topics would hold had the relay dropped an event."""
    dropped = about(sound, wire_type)
    return [message for message in sound.messages if message is not dropped]


class TestOrder:
    async def test_a_version_that_falls_is_found(self, sound: Sound) -> None:
        early = about(sound, "task.created.v1")
        late = replace(early, headers={**early.headers, "ce_id": str(uuid4())})
        with pytest.raises(AssertionError, match="too late"):
            checkers.versions_rise([*sound.messages, late])

    async def test_an_event_that_was_overtaken_is_found(self, sound: Sound) -> None:
        with pytest.raises(AssertionError, match="too late"):
            checkers.versions_rise([*without(sound, "task.published.v1"), about(sound, "task.published.v1")])


class TestEvents:
    async def test_an_event_that_the_relay_dropped_amid_others_is_found(self, sound: Sound) -> None:
        (found,) = skipped_versions(without(sound, "task.published.v1"))
        assert found == f"joust.task {sound.task_id}: told [1, 3]"

    @pytest.mark.parametrize("wire_type", ["task.closed.v1", "deal.settled.v1", "task.ranked.v1"])
    async def test_a_last_event_that_the_relay_dropped_is_found(
        self, stack: Stack, sound: Sound, wire_type: str
    ) -> None:
        subject = about(sound, wire_type).headers["ce_subject"]
        assert subject in str(await untold(stack, without(sound, wire_type)))

    async def test_an_event_that_a_reader_never_handled_is_found(
        self, stack: Stack, sound: Sound, admin: asyncpg.Connection
    ) -> None:
        lost = about(sound, "task.closed.v1").headers["ce_id"]
        async with gone(admin, "ranking.inbox", "event_id", lost):
            assert await checkers.missing_from_inboxes(stack, sound.messages) == [f"ranking: {lost}"]

    async def test_an_event_that_waits_for_ever_is_found(
        self, stack: Stack, admin: asyncpg.Connection
    ) -> None:
        await admin.execute(
            "INSERT INTO wallet.inbox_retries (event_id, ordering_key, topic, headers, value, attempts,"
            " last_error, next_attempt_at)"
            " VALUES (uuidv7(), uuidv7(), 'joust.task', '{}', '', 1, '', now() + interval '1 day')"
        )
        try:
            with pytest.raises(AssertionError, match=r"still waiting: .*'wallet.inbox_retries': 1"):
                await checkers.wait_until_quiet(stack, seconds=0.5)
        finally:
            await admin.execute("DELETE FROM wallet.inbox_retries WHERE last_error = ''")


class TestRebuild:
    @pytest.mark.parametrize(
        "table", ["submission.tasks", "evaluation.tasks", "wallet.tasks", "ranking.tasks", "ranking.boards"]
    )
    async def test_a_row_that_a_projection_lost_is_found(
        self, stack: Stack, sound: Sound, admin: asyncpg.Connection, table: str
    ) -> None:
        key = "task_id" if table == "ranking.boards" else "id"
        async with gone(admin, table, key, sound.task_id):
            (found,) = await rebuild_differs(stack, sound.messages, [sound.task_id])
        assert found.startswith(f"{table.split('.', maxsplit=1)[0]}: only replayed: {table.split('.')[1]}(")

    async def test_an_agent_that_a_projection_lost_is_found(
        self, stack: Stack, sound: Sound, admin: asyncpg.Connection
    ) -> None:
        # The newest, for an older one may have done what others remember.
        created = next(each for each in reversed(sound.messages) if each.wire_type == "agent.created.v1")
        account = created.headers["ce_partitionkey"]
        async with gone(admin, "ranking.agents", "account_id", account):
            found = await rebuild_differs(stack, sound.messages, [account])
        assert found
        assert all(each.startswith("ranking: only replayed: agents(") for each in found)

    async def test_a_projection_that_kept_an_old_version_is_found(
        self, stack: Stack, sound: Sound, admin: asyncpg.Connection
    ) -> None:
        change = "UPDATE wallet.tasks SET version = version + $2, status = $3 WHERE id = $1::uuid"
        await admin.execute(change, sound.task_id, -1, "open")
        try:
            assert len(await rebuild_differs(stack, sound.messages, [sound.task_id])) == 2
        finally:
            await admin.execute(change, sound.task_id, 1, "closed")

    async def test_a_row_that_nobody_told_of_is_found(
        self, stack: Stack, sound: Sound, admin: asyncpg.Connection
    ) -> None:
        await admin.execute(
            "INSERT INTO ranking.standings SELECT task_id, uuidv7(), agent_id, 'Ghost', 100, test_score,"
            " llm_score, uuidv7(), best_iteration, best_received_at FROM ranking.standings"
            " WHERE task_id = $1::uuid LIMIT 1",
            sound.task_id,
        )
        try:
            (found,) = await rebuild_differs(stack, sound.messages, [sound.task_id])
        finally:
            await admin.execute("DELETE FROM ranking.standings WHERE agent_display_name = 'Ghost'")
        assert found.startswith("ranking: only live: standings(")


class TestLeaks:
    async def test_an_object_that_no_sweep_removes_is_found(
        self, stack: Stack, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        orphan = key_of(uuid4())
        await nothing_is_left_over(stack)  # what earlier tests uploaded is swept
        async with storage_of(stack) as storage:
            await write(storage, orphan, b"lost")
            with monkeypatch.context() as patched:
                patched.setattr(OrphanSweep, "sweep", nothing)
                await finds_only(stack, f"object {orphan} belongs to nothing")
        await nothing_is_left_over(stack)

    async def test_an_artifact_that_is_gone_is_found(
        self, stack: Stack, sound: Sound, admin: asyncpg.Connection
    ) -> None:
        key = await admin.fetchval(
            "SELECT artifact ->> 'key' FROM submission.submissions WHERE task_id = $1::uuid", sound.task_id
        )
        async with storage_of(stack) as storage:
            async with storage.open(key) as chunks:
                content = b"".join([chunk async for chunk in chunks])
            await storage.delete(key)
            try:
                await finds_only(stack, f"object {key} is gone")
            finally:
                await write(storage, key, content)

    async def test_a_transaction_that_was_left_open_is_found(
        self, stack: Stack, sound: Sound, admin: asyncpg.Connection
    ) -> None:
        async with admin.transaction():
            await admin.execute("SELECT 'left open'")
            await finds_only(stack, "left open")

    async def test_an_advisory_lock_is_found(
        self, stack: Stack, sound: Sound, admin: asyncpg.Connection
    ) -> None:
        await admin.execute("SELECT pg_advisory_lock(1)")
        await finds_only(stack, "advisory locks are held by ['',")

    async def test_a_job_that_nobody_alive_has_in_hand_is_found(
        self, stack: Stack, sound: Sound, admin: asyncpg.Connection
    ) -> None:
        job = await admin.fetchval(
            "INSERT INTO task.task_jobs (queue, payload, attempts_count, deliveries_count, next_attempt_at,"
            " acquired_at, acquired_token) VALUES ('nobody', '', 0, 0, now() + interval '1 day', now(),"
            " gen_random_uuid()) RETURNING id"
        )
        try:
            await finds_only(stack, f"job {job} of task nobody is taken")
        finally:
            await admin.execute("DELETE FROM task.task_jobs WHERE id = $1", job)

    async def test_a_connection_without_a_service_is_found(self, stack: Stack, sound: Sound) -> None:
        settings = {"application_name": "joust-task"}
        connection = await asyncpg.connect(stack.database_dsn, server_settings=settings)
        try:
            await finds_only(stack, "connection of joust-task has no process")
        finally:
            await connection.close()

    async def test_a_process_that_the_supervisor_does_not_know_is_found(
        self, stack: Stack, sound: Sound
    ) -> None:
        command = [sys.executable, "-c", "import time; time.sleep(60)", "joust_task"]
        environment = {**os.environ, **stack.env["task"]}
        process = await asyncio.create_subprocess_exec(*command, env=environment)
        try:
            await finds_only(stack, f"process {process.pid} of task is unknown to the supervisor")
        finally:
            process.kill()
            await process.wait()


async def finds_only(stack: Stack, leak: str) -> None:
    """Fails unless this is found and nothing else, as soon as services at rest do nothing that looks like a leak."""

    async def found() -> bool:
        leaks = await find_leaks(stack)
        return len(leaks) == 1 and leak in leaks[0]

    try:
        await eventually(found, seconds=10)
    except TimeoutError:
        assert await find_leaks(stack) == [leak]


async def nothing(_sweep: OrphanSweep) -> int:
    return 0


async def write(storage: ObjectStorage, key: str, content: bytes) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        yield content

    await storage.put(key, chunks(), size_bytes=len(content), content_type="application/zip")


def storage_of(stack: Stack) -> ObjectStorage:
    return ObjectStorage(service_of(stack, ServiceName.SUBMISSION).settings)


@asynccontextmanager
async def gone(admin: asyncpg.Connection, table: str, key: str, id: str) -> AsyncIterator[None]:
    """A row is missing for the length of the block."""
    row = await admin.fetchval(f"SELECT to_jsonb(t)::text FROM {table} t WHERE {key} = $1::uuid", id)
    await admin.execute(f"DELETE FROM {table} WHERE {key} = $1::uuid", id)
    try:
        yield
    finally:
        await admin.execute(
            f"INSERT INTO {table} SELECT * FROM jsonb_populate_record(NULL::{table}, $1)", row
        )
