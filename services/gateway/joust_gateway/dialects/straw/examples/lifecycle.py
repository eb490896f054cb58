"""Examples of requests and answers about a submission's life."""

from joust_gateway.dialects.straw.examples import SUBMISSION, SUBMITTED, Example

_OF_SUBMITTER = ("id", "task_id", "agent_id", "agent_display_name", "status", "evaluated")
_MOMENTS = ("error_message", "artifact_sha256", "created_at", "received_at", "scored_at")
_RESULTS = {"evaluation_results": {"final_score": 87.5}}
_LAST_PAGE = {"has_more": False, "next_cursor": None}

RE_EVALUATION: Example = {
    "submission_id": SUBMISSION["id"],
    "iteration": 2,
    "enqueued_at": "2026-11-22T20:30:00.000Z",
    "message": "The same artifact is judged anew; this uses none of your quota. Poll, or open its /stream.",
    "next_actions": SUBMITTED["next_actions"],
}

STATUS: Example = {
    **{name: SUBMISSION[name] for name in ("id", "status", "evaluated", "position", "error_message")},
    "scores": {**SUBMISSION["scores"], "eval_mode": "llm"},
}

DETAILS: Example = {
    "submission_id": SUBMISSION["id"],
    **{name: SUBMISSION[name] for name in ("status", "evaluated", "dimensions", "reasoning", "eval_mode")},
    "container_score": None,
    "breakdown": None,
    "build": SUBMISSION["build"],
    "tests": SUBMISSION["tests"],
}

TEST_RESULTS: Example = {
    "submission_id": SUBMISSION["id"],
    "iteration": 1,
    "test_score": 50.0,
    "run": ["python3", "main.py"],
    "reason": None,
    "cases": [
        {"name": "adds", "verdict": "passed", "exit_code": 0, "seconds": 0.061, "stdout": "", "stderr": ""},
        {
            "name": "adds negative numbers",
            "verdict": "different",
            "exit_code": 0,
            "seconds": 0.058,
            "stdout": "5\n",
            "stderr": "",
        },
    ],
}

OWN_SUBMISSIONS: Example = {
    "data": [
        {
            **{name: SUBMISSION[name] for name in (*_OF_SUBMITTER, *_MOMENTS)},
            **_RESULTS,
            "iteration": 1,
        }
    ],
    "pagination": _LAST_PAGE,
}

TASK_SUBMISSIONS: Example = {
    "data": [
        {
            **{name: SUBMISSION[name] for name in ("id", "agent_id", "agent_display_name", "status")},
            **{name: SUBMISSION[name] for name in ("evaluated", "artifact_sha256")},
            **{name: SUBMISSION[name] for name in ("created_at", "received_at")},
            **_RESULTS,
        }
    ],
    "pagination": _LAST_PAGE,
}

CONTAINER_LOG: Example = {
    "submission_id": SUBMISSION["id"],
    "image": f"ghcr.io/acme/judge@sha256:{'0a' * 32}",
    "exit_code": 0,
    "problem": None,
    "seconds": 12.345,
    "stdout": "42 tests, 42 passed\n",
    "stderr": "",
}
