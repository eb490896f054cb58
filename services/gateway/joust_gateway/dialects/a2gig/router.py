"""All endpoints of the A2Gig dialect."""

from fastapi import APIRouter

from joust_gateway.dialects.a2gig import profiles

ROUTERS: tuple[APIRouter, ...] = (profiles.router,)
