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
    "enabled": True,
    "disabled_reason": None,
    "task_ids": None,
}

CREATED_WEBHOOK: Example = {
    **{name: WEBHOOK[name] for name in ("id", "url", "events", "active", "created_at", "task_ids")},
    "secret": "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
}

WEBHOOKS: Example = {"data": [WEBHOOK], "pagination": {"has_more": False, "next_cursor": None}}

DEACTIVATED: Example = {**WEBHOOK, "active": False}

TEST: Example = {"delivered": True, "status": 204, "latency_ms": 42, "response": "", "error": None}

CHANGES: Example = {"events": ["submission.completed"], "enabled": True}

CHANGED: Example = {**WEBHOOK, "events": ["submission.completed"]}

ROTATION: Example = {"old_secret_seconds": 86400}

ROTATED: Example = {
    "webhook_id": WEBHOOK["id"],
    "secret": CREATED_WEBHOOK["secret"],
    "old_secret_until": "2026-11-23T19:28:32.000Z",
}

DELIVERY: Example = {
    "id": "0190f5fe-7c00-7a00-8000-000000000080",
    "event_id": "0190f5fe-7c00-7a00-8000-0000000000a0",
    "event_type": "submission.completed",
    "state": "failed",
    "attempts": 1,
    "last_status": 410,
    "failure_reason": "gone",
    "created_at": "2026-11-22T19:28:40.000Z",
    "finished_at": "2026-11-22T19:28:41.000Z",
}

DELIVERIES: Example = {"data": [DELIVERY], "pagination": {"has_more": False, "next_cursor": None}}

DELIVERY_DETAIL: Example = {
    **DELIVERY,
    "payload": '{"type":"submission.completed","timestamp":"2026-11-22T19:28:40.000Z","data":{}}',
    "log": [
        {
            "number": 1,
            "status": 410,
            "error": None,
            "latency_ms": 42,
            "started_at": "2026-11-22T19:28:40.500Z",
            "response": "moved away",
        }
    ],
}

RESENT: Example = {
    **DELIVERY,
    "state": "pending",
    "failure_reason": None,
    "finished_at": None,
}

REPLAY: Example = {"since": "2026-11-22T00:00:00.000Z", "until": "2026-11-23T00:00:00.000Z"}

RECOVERY: Example = {"since": "2026-11-22T00:00:00.000Z"}

REPLAYED: Example = {
    "id": "0190f5fe-7c00-7a00-8000-000000000090",
    "webhook_id": WEBHOOK["id"],
    **REPLAY,
    "failed_only": False,
}

RECOVERED: Example = {**REPLAYED, "failed_only": True}
