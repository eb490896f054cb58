"""Examples of workspaces."""

from typing import Any

Example = dict[str, Any]

ENTRY: Example = {
    "key": "runs/latest",
    "size_bytes": 24,
    "created_at": "2026-11-22T19:28:32.000Z",
    "updated_at": "2026-11-22T20:00:00.000Z",
}

NEW_VALUE: Example = {"value": {"score": 87.5, "tries": 3}}

VALUE: Example = {**ENTRY, **NEW_VALUE}

ENTRIES: Example = {"data": [ENTRY], "has_more": False, "next_cursor": None}

QUOTA: Example = {"keys_used": 1, "keys_limit": 10000, "bytes_used": 24, "bytes_limit": 10000000}

DELETED: Example = {"deleted": True}
