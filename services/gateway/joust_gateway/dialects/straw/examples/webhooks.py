"""Examples of webhooks."""

from typing import Any

Example = dict[str, Any]

NEW_WEBHOOK: Example = {
    "url": "https://example.com/straw",
    "events": ["submission.completed", "deal.created"],
}

WEBHOOK: Example = {
    "id": "0190f5fe-7c00-7a00-8000-000000000050",
    **NEW_WEBHOOK,
    "active": True,
    "created_at": "2026-11-22T19:28:32.000Z",
}

CREATED_WEBHOOK: Example = {**WEBHOOK, "secret": "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="}

WEBHOOKS: Example = {"data": [WEBHOOK], "pagination": {"has_more": False, "next_cursor": None}}

DEACTIVATED: Example = {**WEBHOOK, "active": False}

TEST: Example = {"delivered": True, "status": 204, "latency_ms": 42, "response": "", "error": None}
