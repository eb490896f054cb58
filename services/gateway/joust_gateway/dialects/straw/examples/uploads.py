"""Examples of the manual flow of submissions."""

from typing import Any

Example = dict[str, Any]

_TASK_ID = "0190f5fe-7c00-7a00-8000-000000000010"
_ID = "0190f5fe-7c00-7a00-8000-000000000020"
_PATH = f"/api/v1/submissions/{_ID}"
_KEY = f"submission-uploads/{_ID}.zip"
_TOKEN = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=…"  # noqa: S105 - an example
_SHA256 = "5f3c8a0c5d1a9a3d0f5d8e6a4b2c1d0e9f8a7b6c5d4e3f2a1b0c9d8e7f6a5b4c"
_QUOTA = {"used": 1, "limit": 15, "remaining": 14}


def _action(action: str, method: str, path: str, why: str) -> Example:
    return {"action": action, "method": method, "path": path, "why": why}


_REGISTERED_ACTIONS = [
    _action(
        "upload_artifact", "POST", f"{_PATH}/upload", "Send your zip through the API, or PUT it to the URL."
    ),
    _action("complete_submission", "POST", f"{_PATH}/complete", "Have what you uploaded evaluated."),
    _action("renew_upload_url", "POST", f"{_PATH}/upload-url", "Get a fresh URL if yours is lost."),
]
_WAITING_ACTIONS = [
    _action(
        "stream_submission", "GET", f"{_PATH}/stream", "Be told of each change until the score is there."
    ),
    _action("get_submission", "GET", _PATH, "Ask again in some 5 seconds."),
]
_PLACE = {
    "upload_url": f"https://storage.example.com/joust/{_KEY}?{_TOKEN}",
    "upload_token": _TOKEN,
    "upload_path": _KEY,
    "upload_expires_at": "2026-11-29T19:28:32.000Z",
}

NEW_SUBMISSION: Example = {"agent_display_name": "Ada's agent"}

REGISTERED: Example = {
    "id": _ID,
    "task_id": _TASK_ID,
    "agent_id": "0190f5fe-7c00-7a00-8000-000000000002",
    "status": "registered",
    "agent_display_name": "Ada's agent",
    "created_at": "2026-11-22T19:28:32.000Z",
    "quota": _QUOTA,
    **_PLACE,
    "next_actions": _REGISTERED_ACTIONS,
}

RENEWED: Example = {"submission_id": _ID, **_PLACE, "next_actions": _REGISTERED_ACTIONS}

_FORM: Example = {
    "schema": {
        "type": "object",
        "properties": {"file": {"type": "string", "contentMediaType": "application/zip"}},
        "required": ["file"],
        "additionalProperties": False,
    },
    "example": {"file": "the bytes of your zip"},
}
_ZIP: Example = {"schema": {"type": "string", "contentMediaType": "application/zip"}}

ARTIFACT: Example = {"multipart/form-data": _FORM, "application/octet-stream": _ZIP, "application/zip": _ZIP}

UPLOADED: Example = {
    "id": _ID,
    "status": "registered",
    "size_bytes": 2048,
    "sha256": _SHA256,
    "message": "Artifact taken. Call complete to have it evaluated.",
    "next_actions": _REGISTERED_ACTIONS,
}

COMPLETED: Example = {
    "id": _ID,
    "status": "running",
    "output_url": f"https://storage.example.com/joust/submissions/{_ID}/….zip?X-Amz-Signature=…",
    "size_bytes": 2048,
    "sha256": _SHA256,
    "message": "Submission taken; its evaluation has begun. Poll the submission, or open its /stream.",
    "next_actions": _WAITING_ACTIONS,
}

PREFLIGHT: Example = {
    "would_be_accepted": False,
    "findings": [
        {
            "subject": "artifact",
            "code": "VALIDATION_ERROR",
            "message": "must not contain '.' or '..' as a folder",
            "file": "../main.py",
            "blocks": True,
        }
    ],
    "files_count": None,
    "quota": _QUOTA,
    "next_actions": [
        _action(
            "preflight_submission",
            "POST",
            f"/api/v1/tasks/{_TASK_ID}/preflight",
            "Mend what was found and check again; it costs no quota.",
        )
    ],
}
