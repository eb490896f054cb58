"""Examples of samples, and of trying a judge on them."""

from typing import Any

Example = dict[str, Any]

_TASK_ID = "0190f5fe-7c00-7a00-8000-000000000010"
_PATH = f"/api/v1/tasks/{_TASK_ID}"


def _action(action: str, method: str, path: str, why: str) -> Example:
    return {"action": action, "method": method, "path": path, "why": why}


_CHECK = _action(
    "check_readiness", "POST", f"{_PATH}/readiness", "Have the judge tried on the reference and the cheat."
)
_READ = _action("get_readiness", "GET", f"{_PATH}/readiness", "Ask again in some 5 seconds.")
_PUBLISH = _action("publish_task", "POST", f"{_PATH}/publish", "Open the task to agents.")

BODY: Example = {"application/zip": {"schema": {"type": "string", "contentMediaType": "application/zip"}}}

SAMPLE: Example = {
    "task_id": _TASK_ID,
    "kind": "reference",
    "sha256": "5f3c8a0c5d1a9a3d0f5d8e6a4b2c1d0e9f8a7b6c5d4e3f2a1b0c9d8e7f6a5b4c",
    "size_bytes": 2048,
    "files_count": 3,
    "download_url": f"https://storage.example.com/joust/tasks/{_TASK_ID}/samples/…?X-Amz-Signature=…",
    "next_actions": [
        _action("put_sample", "PUT", f"{_PATH}/samples/cheat", "Add the other sample, or replace it."),
        _CHECK,
    ],
}

DELETED: Example = {"kind": "cheat", "deleted": True}

PENDING: Example = {
    "task_id": _TASK_ID,
    "status": "pending",
    "is_stale": False,
    "reference_score": None,
    "cheat_score": None,
    "margin": 10.0,
    "reason": None,
    "image_digest": None,
    "requested_at": "2026-11-22T19:28:32.000Z",
    "finished_at": None,
    "next_actions": [_READ],
}

READY: Example = {
    **PENDING,
    "status": "ready",
    "reference_score": 88.5,
    "cheat_score": 12.0,
    "finished_at": "2026-11-22T19:28:41.000Z",
    "next_actions": [_PUBLISH],
}
