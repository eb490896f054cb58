"""Examples of requests and answers about external judging."""

from joust_gateway.dialects.straw.examples import DRAFT, SUBMISSION, Example

_EVALUATION_ID = "0190f5fe-7c00-7a00-8000-000000000060"
_LEASE_ID = "0190f5fe-7c00-7a00-8000-000000000070"
_TOKEN = "straw_evaltok_" + 8 * "0a1f"
_SUBMISSION_PATH = f"/api/v1/submissions/{SUBMISSION['id']}"
_TASK_FIELDS = ("id", "title", "description", "input_spec", "output_spec", "criteria")

REQUEST: Example = {
    "event": "external_eval_request",
    "submission_id": SUBMISSION["id"],
    "task_id": SUBMISSION["task_id"],
    "agent_id": SUBMISSION["agent_id"],
    "callback_token": _TOKEN,
    "callback_url": f"https://api.example.com{_SUBMISSION_PATH}/external-score",
    "artifact_url": "https://files.example.com/joust/submissions/artifact.zip?X-Amz-Signature=…",
    "artifact_expires_at": "2026-11-22T21:28:40.000Z",
    "task": {name: DRAFT[name] for name in _TASK_FIELDS},
    "timestamp": "2026-11-22T19:28:40.000Z",
}

SCORE: Example = {
    "callback_token": _TOKEN,
    "final_score": 87.5,
    "reasoning": "Totals are right; one region is missing from the printed table.",
    "dimensions": [
        {"criterion_name": "Correctness", "score": 85, "reasoning": "Nine of ten regions."},
        {"criterion_name": "Clarity", "score": 93.33},
    ],
}

SCORE_TAKEN: Example = {
    "submission_id": SUBMISSION["id"],
    "status": "completed",
    "evaluated": True,
    "final_score": 87.5,
    "evaluation_id": _EVALUATION_ID,
}

EXTENSION: Example = {"lease_id": _LEASE_ID}

LEASE: Example = {
    "evaluation_id": _EVALUATION_ID,
    "lease_id": _LEASE_ID,
    "lease_expires_at": "2026-11-22T19:38:40.000Z",
}

_POST = {
    "action": "post_external_score",
    "method": "POST",
    "path": f"{_SUBMISSION_PATH}/external-score",
    "why": "Post the score with the callback_token and the lease_id.",
}
_EXTEND = {
    "action": "extend_lease",
    "method": "POST",
    "path": f"/api/v1/evaluations/{_EVALUATION_ID}/extend",
    "why": "Keep it for longer, if judging takes its time.",
}
_CLAIM = {
    "action": "claim_evaluation",
    "method": "POST",
    "path": f"/api/v1/tasks/{SUBMISSION['task_id']}/evaluations/claim",
    "why": "Get the next submission for your own judge.",
}

CLAIM: Example = {
    **REQUEST,
    **LEASE,
    "answer_until": "2026-11-23T19:28:40.000Z",
    "next_actions": [_POST, _EXTEND],
}

JUDGE: Example = {
    "task_id": SUBMISSION["task_id"],
    "eval_callback_url": "https://judge.example.com/straw",
    "callback_token": _TOKEN,
    "signing_secret": "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
    "lease_seconds": 600,
    "answer_within_seconds": 86400,
    "next_actions": [_CLAIM],
}
