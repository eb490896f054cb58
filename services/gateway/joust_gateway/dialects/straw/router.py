"""All endpoints of the Straw dialect."""

from fastapi import APIRouter

from joust_gateway.dialects.straw import attachments, deals, discovery, submissions, tasks, wallet, webhooks

ROUTERS: tuple[APIRouter, ...] = (
    tasks.router,
    discovery.router,
    attachments.router,
    submissions.router,
    wallet.router,
    deals.router,
    webhooks.router,
)
