"""Examples of the log of events and of the catalogue."""

from typing import Any

from joust_contracts.webhook_messages import MESSAGE_TYPES

Example = dict[str, Any]

_OPENED = MESSAGE_TYPES[0]

EVENTS: Example = {
    "data": [{"position": 1, "id": "msg_0190f5fe-7c00-7a00-8000-0000000000a0", **_OPENED.example}],
    "next_after": 1,
    "has_more": False,
}

EVENT_TYPES: Example = {
    "data": [
        {
            "type": _OPENED.name,
            "description": f"{_OPENED.summary}.",
            "may_be_subscribed": True,
            "json_schema": {"type": "object", "properties": {"type": {"const": _OPENED.name}}},
            "example": _OPENED.example,
        }
    ]
}
