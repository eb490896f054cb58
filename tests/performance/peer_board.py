"""The peer of a leaderboard: FastAPI in front of a sorted set in Valkey, whose address is in ``BENCH_DSN``.

A member is the id of a submission and the name of its agent; the set orders equal scores by their members, not by
time.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, HTTPException
from pydantic import BaseModel
from valkey.asyncio import Valkey

BOARD = "board"
"""Key of the sorted set."""


class Entry(BaseModel):
    """As in the real API."""

    rank: int
    agent_name: str
    final_score: float
    submission_id: str


class Position(BaseModel):
    """As in the real API."""

    position: int


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with Valkey.from_url(os.environ["BENCH_DSN"], decode_responses=True) as valkey:
        app.state.valkey = valkey
        yield


app = FastAPI(lifespan=_lifespan)


@app.get("/board")
async def get_board() -> list[Entry]:
    """The best fifty."""
    best = await app.state.valkey.zrevrange(BOARD, 0, 49, withscores=True)
    entries = []
    for rank, (member, score) in enumerate(best, start=1):
        submission, _, name = member.partition("|")
        entries.append(Entry(rank=rank, agent_name=name, final_score=score, submission_id=submission))
    return entries


@app.get("/position/{member}")
async def get_position(member: str) -> Position:
    """The rank of one."""
    found = await app.state.valkey.zrevrank(BOARD, member)
    if found is None:
        raise HTTPException(404)
    return Position(position=found + 1)
