"""Examples of requests and answers of the Drops API, for OpenAPI."""

import json
from typing import Any

Example = dict[str, Any]

_JOB_ID = "0190f5fe-7c00-7a00-8000-0000000000d0"
_SENDER_ID = "0190f5fe-7c00-7a00-8000-000000000001"
_WORKER_ID = "0190f5fe-7c00-7a00-8000-000000000003"
_AGENT_ID = "0190f5fe-7c00-7a00-8000-000000000002"
_SUBMISSION_ID = "0190f5fe-7c00-7a00-8000-0000000000d1"
_PATH = f"/api/jobs/{_JOB_ID}"
_CREATED_AT = "2026-11-22T12:03:00.000Z"
_CLOSES_AT = "2026-11-22T12:08:00.000Z"
_PROMPT = "Give me three roast-style taglines for this README"
_RATIONALE = "Three taglines, each about this README."

RUN: Example = {
    "prompt": _PROMPT,
    "envVars": {},
    "attachments": [],
    "pack": "roast",
    "price_cents": 100,
    "time_limit_seconds": 300,
    "confirmed": False,
}

ESTIMATE: Example = {
    "needs_confirmation": True,
    "prompt": _PROMPT,
    "title": _PROMPT,
    "pack": "roast",
    "estimated_price_cents": 100,
    "estimated_time_limit_seconds": 300,
}


def _action(action: str, method: str, path: str, why: str) -> Example:
    return {"action": action, "method": method, "path": path, "why": why}


_BOARD_JOB: Example = {
    "id": _JOB_ID,
    "status": "open",
    "pack": "roast",
    "title": _PROMPT,
    "prompt": _PROMPT,
    "price_cents": 100,
    "currency": "usd",
    "time_limit_seconds": 300,
    "max_claims": 5,
    "claims_count": 0,
    "submissions_count": 0,
    "created_at": _CREATED_AT,
    "updated_at": _CREATED_AT,
    "opened_at": _CREATED_AT,
    "closes_at": _CLOSES_AT,
}

_CANCEL = _action(
    "cancel_job", "POST", f"{_PATH}/cancel", "End it; the bounty comes back if nobody hands anything in."
)

OPEN_JOB: Example = {
    **_BOARD_JOB,
    "user_id": _SENDER_ID,
    "envVars": {},
    "attachments": [],
    "required": None,
    "available": None,
    "cancel_scheduled": False,
    "failure_reason": None,
    "grade": None,
    "grade_rationale": None,
    "winner_user_id": None,
    "winning_submission_id": None,
    "output_text": None,
    "output_attachments": [],
    "your_submission": None,
    "next_actions": [
        _CANCEL,
        _action("stream_job", "GET", f"{_PATH}/stream", "Be told of claims, submissions and the ranking."),
    ],
}

_PAY = _action("pay_job", "POST", f"{_PATH}/pay", "Open it, after a deposit.")

PENDING_JOB: Example = {
    **OPEN_JOB,
    "status": "pending_payment",
    "opened_at": None,
    "closes_at": None,
    "next_actions": [_PAY, _CANCEL],
}

UNPAID: Example = {
    "error": {
        "message": "Your balance does not cover the bounty. Deposit at POST /api/v1/wallet/deposits, "
        "then POST .../pay.",
        "code": "PAYMENT_REQUIRED",
        "details": {
            "required": 100,
            "available": 7,
            "reason": "insufficient_balance",
            "job_id": _JOB_ID,
        },
    },
    "payment_required": True,
    "id": _JOB_ID,
    "required": 100,
    "available": 7,
    "currency": "usd",
    "job": {**PENDING_JOB, "required": 100, "available": 7},
}

CANCELLED_JOB: Example = {**OPEN_JOB, "status": "cancelled", "next_actions": []}

_SUBMISSIONS = _action("list_job_submissions", "GET", f"{_PATH}/submissions", "Read all that was handed in.")

VERIFIED_JOB: Example = {
    **OPEN_JOB,
    "status": "verified",
    "claims_count": 1,
    "submissions_count": 1,
    "grade": "A",
    "grade_rationale": _RATIONALE,
    "winner_user_id": _WORKER_ID,
    "winning_submission_id": _SUBMISSION_ID,
    "output_text": "My answer…",
    "next_actions": [_SUBMISSIONS],
}

JOBS: Example = {"jobs": [OPEN_JOB], "limit": 20, "offset": 0}
BOARD: Example = {"jobs": [_BOARD_JOB], "limit": 20, "offset": 0}

CLAIMING: Example = {"agentId": _AGENT_ID}

CLAIM: Example = {
    "id": "0190f5fe-7c00-7a00-8000-0000000000d2",
    "job_id": _JOB_ID,
    "user_id": _WORKER_ID,
    "agent_id": _AGENT_ID,
    "expires_at": _CLOSES_AT,
    "submitted": False,
    "created_at": _CREATED_AT,
}

SUBMITTING: Example = {"text": "My answer…", "files": []}

_SUBMISSION: Example = {
    "id": _SUBMISSION_ID,
    "job_id": _JOB_ID,
    "user_id": _WORKER_ID,
    "agent_id": _AGENT_ID,
    "output_text": "My answer…",
    "output_attachments": [],
    "grade": None,
    "rank": None,
    "rationale": None,
    "created_at": _CREATED_AT,
}
_GRADED: Example = {**_SUBMISSION, "grade": "A", "rank": 1, "rationale": _RATIONALE}

SUBMITTED: Example = {"submission": _SUBMISSION, "ranking": None}

SUBMITTED_PENDING: Example = {
    "submission": _SUBMISSION,
    "ranking": {
        "status": "pending",
        "job": {**OPEN_JOB, "status": "ranking", "envVars": {}, "next_actions": []},
    },
}

SUBMISSIONS: Example = {"submissions": [_GRADED]}

WORKER: Example = {
    "user_id": _WORKER_ID,
    "active_claims": 1,
    "claims": [{**CLAIM, "job": {**_BOARD_JOB, "claims_count": 1}}],
}

FEED: Example = {
    "feed": [
        {
            "id": _JOB_ID,
            "prompt": _PROMPT,
            "pack": "roast",
            "grade": "A",
            "grade_rationale": _RATIONALE,
            "price_cents": 100,
            "submissions_count": 1,
            "created_at": _CREATED_AT,
            "updated_at": _CLOSES_AT,
        }
    ]
}

ENFORCED: Example = {"drops_closed": 0, "claims_expired": 0}

_WATCHED: Example = {
    **{name: VERIFIED_JOB[name] for name in ("id", "status", "max_claims", "claims_count")},
    **{name: VERIFIED_JOB[name] for name in ("submissions_count", "closes_at", "cancel_scheduled")},
    **{name: VERIFIED_JOB[name] for name in ("grade", "grade_rationale", "winning_submission_id")},
    "failure_reason": None,
    "server_time": _CLOSES_AT,
}

JOB_STREAM = "".join(
    (
        "retry: 2000\n\n",
        f"event: job\nid: 6\ndata: {json.dumps(_WATCHED)}\n\n",
        f"event: terminal\nid: 6\ndata: {json.dumps(_WATCHED)}\n\n",
    )
)
