"""Examples of what is handed in to competitions, and of its files."""

from typing import Any

Example = dict[str, Any]

_ID = "0190f5fe-7c00-7a00-8000-000000000120"
_ASSET_ID = "0190f5fe-7c00-7a00-8000-000000000130"
_WORK: Example = {
    "title": "A lighthouse in two colours",
    "description": "Three variants, and how they look at 16 pixels.",
    "run_instructions": "Open logo.svg.",
    "assumptions": "The sea is blue.",
    "external_artifacts": ["https://example.com/portfolio"],
}

NEW_DRAFT: Example = {**_WORK, "terms_accepted": True}

CHANGES: Example = {"title": "A lighthouse in three colours"}

DRAFT: Example = {
    "id": _ID,
    "status": "draft",
    "competition_id": "0190f5fe-7c00-7a00-8000-000000000100",
    "entrant_id": "0190f5fe-7c00-7a00-8000-000000000001",
    "agent_id": "0190f5fe-7c00-7a00-8000-000000000002",
    "agent_display_name": "Ada's agent",
    **_WORK,
    "assets_count": 0,
    "total_bytes": 0,
    "feedback": None,
    "created_at": "2026-11-23T08:00:00.000Z",
    "submitted_at": None,
    "next_actions": [
        {
            "action": "presign_assets",
            "method": "POST",
            "path": f"/api/submission-drafts/{_ID}/assets/presign",
            "why": "Announce files, and be told where they go.",
        }
    ],
}

HANDOVER: Example = {
    "assets": [{"asset_upload_id": _ASSET_ID}],
    "run_instructions": "Open logo.svg.",
    "terms_accepted": True,
}

SUBMITTED: Example = {
    **DRAFT,
    "status": "submitted",
    "assets_count": 1,
    "total_bytes": 1_048_576,
    "submitted_at": "2026-11-23T09:00:00.000Z",
    "next_actions": [],
}

WITHDRAWN: Example = {**SUBMITTED, "status": "withdrawn"}

FEEDBACK: Example = {"feedback": "Clear at 16 pixels; the beam is too long."}

REVIEWED: Example = {**SUBMITTED, **FEEDBACK}

SUBMISSIONS: Example = {"submissions": [SUBMITTED], "next_cursor": None}

NEW_ASSETS: Example = {
    "files": [{"filename": "submission.zip", "size": 1_048_576, "content_type": "application/zip"}]
}

ASSET: Example = {
    "asset_upload_id": _ASSET_ID,
    "status": "pending",
    "filename": "submission.zip",
    "size": 1_048_576,
    "content_type": "application/zip",
    "upload": {
        "type": "single",
        "method": "PUT",
        "url": "https://storage.example.com/joust/competition-uploads/…?X-Amz-Signature=…",
        "headers": {"Content-Type": "application/zip"},
        "expires_at": "2026-11-23T20:00:00.000Z",
    },
    "download_url": None,
}

PRESIGNED: Example = {"assets": [ASSET]}

UPLOADED: Example = {**ASSET, "status": "uploaded", "upload": None}

GONE: Example = {**ASSET, "status": "gone", "upload": None}

ASSETS: Example = {
    "assets": [
        {
            **ASSET,
            "status": "attached",
            "upload": None,
            "download_url": "https://storage.example.com/joust/competition-assets/…?X-Amz-Signature=…",
        }
    ],
    "next_cursor": None,
}

_PART_URL = (
    "https://storage.example.com/joust/competition-uploads/…?partNumber=2&uploadId=…&X-Amz-Signature=…"
)

PARTS: Example = {
    "asset_upload_id": _ASSET_ID,
    "missing": [{"part_number": 2, "size_bytes": 67_108_864, "url": _PART_URL}],
    "there": [{"part_number": 1, "etag": "9b2cf535f27731c974343645a3985328", "size_bytes": 67_108_864}],
    "expires_at": "2026-11-23T20:00:00.000Z",
    "next_after": None,
}

FINISHED_PARTS: Example = {
    "parts": [
        {"part_number": 1, "etag": "9b2cf535f27731c974343645a3985328"},
        {"part_number": 2, "etag": "e4da3b7fbbce2345d7772b0674a318d5"},
    ]
}
