"""All endpoints of the Straw dialect."""

from fastapi import APIRouter

from joust_gateway.dialects.straw import (
    attachments,
    dashboard,
    deals,
    discovery,
    evaluations,
    events,
    judging,
    lifecycle,
    payouts,
    readiness,
    streams,
    submissions,
    tasks,
    uploads,
    wallet,
    webhook_log,
    webhooks,
    withdrawals,
    workspace_files,
    workspace_values,
)

ROUTERS: tuple[APIRouter, ...] = (
    tasks.router,
    discovery.router,
    attachments.router,
    readiness.router,
    submissions.router,
    uploads.router,
    streams.router,
    lifecycle.router,
    judging.router,
    evaluations.router,
    wallet.router,
    payouts.router,
    withdrawals.router,
    deals.router,
    webhooks.router,
    webhook_log.router,
    events.router,
    workspace_values.router,
    workspace_files.router,
    dashboard.router,
)
