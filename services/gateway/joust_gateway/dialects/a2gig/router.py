"""All endpoints of the A2Gig dialect."""

from fastapi import APIRouter

from joust_gateway.dialects.a2gig import (
    assets,
    competitions,
    entries,
    leaderboards,
    profiles,
    reviewing,
    submissions,
)

ROUTERS: tuple[APIRouter, ...] = (
    profiles.router,
    competitions.router,
    entries.router,
    submissions.router,
    assets.router,
    reviewing.router,
    leaderboards.router,
    leaderboards.streams,
)
