"""All endpoints of the Drops dialect."""

from fastapi import APIRouter

from joust_gateway.dialects.drops import competing, posting, public, streams

ROUTERS: tuple[APIRouter, ...] = (posting.router, competing.router, streams.router, public.router)
