"""What a user would write instead, each one process of uvicorn: a bare ASGI answer, and FastAPI with asyncpg.

Run as ``uvicorn tests.performance.peers:raw`` or ``:bare``; ``BENCH_DSN`` and ``BENCH_BODY`` say on what.
"""

import asyncio
import hashlib
import json
import os
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID, uuid4

import aiohttp
import asyncpg
from fastapi import FastAPI, Header, HTTPException
from pydantic import BaseModel, Field

from tests.performance.tables import CLAIM, HEADERS, STORE, TELL, insert_task

Message = MutableMapping[str, Any]
POOL_SIZE = 10
"""As many as a service keeps open."""


async def raw(
    scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
) -> None:
    """Always the same bytes."""
    if scope["type"] == "lifespan":
        while True:
            kind = (await receive())["type"]
            await send({"type": f"{kind}.complete"})
            if kind == "lifespan.shutdown":
                return
    body = os.environb[b"BENCH_BODY"]
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


class Criterion(BaseModel):
    """As in the real API."""

    name: str
    description: str
    weight: int
    position: int


class NewTask(BaseModel):
    """As in the real API, without its rules."""

    title: str
    description: str
    category: str
    input_spec: str
    output_spec: str
    eval_mode: str = "llm"
    test_weight: float
    llm_weight: float
    budget_cents: int
    deadline: datetime
    max_submissions_per_agent: int = 5
    criteria: list[Criterion]


class Task(NewTask):
    """One row."""

    id: UUID
    owner_id: UUID
    version: int = 1
    status: str = "draft"
    created_at: datetime = Field(default_factory=lambda: datetime.now(UTC))


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with asyncpg.create_pool(os.environ["BENCH_DSN"], min_size=POOL_SIZE, max_size=POOL_SIZE) as pool:
        app.state.pool = pool
        yield


bare = FastAPI(lifespan=_lifespan)


@bare.get("/tasks/{task_id}")
async def get_task(task_id: UUID) -> Task:
    """One row by its key."""
    row = await bare.state.pool.fetchrow("SELECT * FROM bench.tasks WHERE id = $1", task_id)
    if row is None:
        raise HTTPException(404)
    return Task(**{**row, "criteria": json.loads(row["criteria"])})


@bare.post("/tasks", status_code=201)
async def create_task(wanted: NewTask, idempotency_key: Annotated[str, Header()]) -> Task:
    """Key, row, outbox row and stored answer in one transaction."""
    made = Task(id=uuid4(), owner_id=uuid4(), **wanted.model_dump())
    scope = hashlib.sha256(idempotency_key.encode()).digest()
    asked = hashlib.sha256(wanted.model_dump_json().encode()).digest()
    lock = int.from_bytes(scope[:8], "big", signed=True)
    fields = made.model_dump(exclude={"criteria"})
    fields["criteria"] = json.dumps([each.model_dump() for each in made.criteria])
    answer = made.model_dump_json().encode()
    async with bare.state.pool.acquire() as database, database.transaction():
        taken, inserted = await database.fetchrow(CLAIM, lock, scope, asked)
        if not taken or not inserted:
            raise HTTPException(409)
        await database.execute(insert_task(list(fields)), *fields.values())
        await database.execute(TELL, made.id, HEADERS, answer)
        await database.execute(STORE, scope, answer)
    return made


@dataclass(frozen=True)
class Peer:
    """A peer that runs."""

    url: str
    pid: int


@asynccontextmanager
async def running(app: str, dsn: str, body: bytes = b"") -> AsyncIterator[Peer]:
    """A peer in a process of its own, ready to answer; ``app`` names its module here, too, as uvicorn does."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = ["-m", "uvicorn", f"tests.performance.{app}", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--no-access-log", "--log-level", "warning", "--no-server-header", "--no-proxy-headers"]
    environment = {**os.environ, "BENCH_DSN": dsn, "BENCH_BODY": body.decode()}
    process = await asyncio.create_subprocess_exec(sys.executable, *command, env=environment)
    url = f"http://127.0.0.1:{port}"
    try:
        await _answers(url, process)
        yield Peer(url, process.pid)
    finally:
        process.terminate()
        await process.wait()


async def _answers(url: str, process: asyncio.subprocess.Process) -> None:
    async with asyncio.timeout(30), aiohttp.ClientSession() as session:
        while process.returncode is None:
            try:
                async with session.get(f"{url}/"):
                    return
            except aiohttp.ClientConnectionError:
                await asyncio.sleep(0.05)
    raise RuntimeError(f"the peer at {url} ended at once")
