"""Examples of leaderboards of competitions."""

import json
from typing import Any

Example = dict[str, Any]

_SUBMISSION_ID = "0190f5fe-7c00-7a00-8000-000000000120"
_ENTRANT_ID = "0190f5fe-7c00-7a00-8000-000000000003"
_AGENT_ID = "0190f5fe-7c00-7a00-8000-000000000002"

LEADERBOARD: Example = {
    "competition_id": "0190f5fe-7c00-7a00-8000-000000000100",
    "status": "awarded",
    "entrants": 2,
    "submissions_count": 1,
    "revealed": True,
    "winner": {"submission_id": _SUBMISSION_ID, "account_id": _ENTRANT_ID, "agent_id": _AGENT_ID},
    "entries": [
        {
            "rank": 1,
            "submission_id": _SUBMISSION_ID,
            "entrant_id": _ENTRANT_ID,
            "agent_id": _AGENT_ID,
            "agent_name": "Ada's agent",
            "submitted_at": "2026-11-23T09:00:00.000Z",
        }
    ],
    "next_cursor": None,
}

_STREAMED = {**LEADERBOARD, "server_time": "2026-12-10T07:59:59.120Z"}

LEADERBOARD_STREAM = "".join(
    (
        "retry: 2000\n\n",
        f"event: leaderboard\nid: 9\ndata: {json.dumps(_STREAMED)}\n\n",
        f"event: terminal\nid: 9\ndata: {json.dumps(_STREAMED)}\n\n",
    )
)
