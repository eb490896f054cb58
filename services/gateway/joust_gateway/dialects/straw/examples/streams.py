"""Examples of streams."""

import json
from typing import Any

from joust_gateway.dialects.straw.examples import LEADERBOARD, OPEN_TASK, SUBMISSION

_SERVER_TIME = "2026-11-25T07:59:59.120Z"


def _stream(event: str, position: str, shown: dict[str, Any]) -> str:
    now = {"server_time": _SERVER_TIME}
    return "".join(
        (
            "retry: 2000\n\n",
            f"event: {event}\nid: {position}\ndata: {json.dumps(shown | now)}\n\n",
            f"event: terminal\nid: {position}\ndata: {json.dumps(shown | now)}\n\n",
        )
    )


_CLOSED_BOARD = LEADERBOARD | {"revealed": True, "taskStatus": "closed"}
_CLOSED_TASK = {name: OPEN_TASK[name] for name in ("id", "deadline", "eval_mode")} | {
    "status": "closed",
    "quota": {"used": 1, "limit": 15, "remaining": 14},
}

SUBMISSION_STREAM = _stream("submission", "4", SUBMISSION)
LEADERBOARD_STREAM = _stream("leaderboard", "9", _CLOSED_BOARD)
TASK_STREAM = _stream("task", "3.1", _CLOSED_TASK)
