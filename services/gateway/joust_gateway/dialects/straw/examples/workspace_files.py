"""Examples of files in workspaces."""

from typing import Any

Example = dict[str, Any]

_PATH = "runs/1.csv"
_REF = "workspace-uploads/0190f5fe-7c00-7a00-8000-000000000002/0190f5fe-7c00-7a00-8000-000000000060"

FILE: Example = {
    "path": _PATH,
    "size_bytes": 11,
    "content_type": "text/csv",
    "created_at": "2026-11-22T19:28:32.000Z",
    "updated_at": "2026-11-22T19:28:32.000Z",
}

NEW_FILE: Example = {"path": _PATH, "content_base64": "bm9ydGgsMy4zMA==", "content_type": "text/csv"}

FILES: Example = {"data": [FILE], "has_more": False, "next_cursor": None}

NEW_UPLOAD: Example = {"path": _PATH, "expected_size_bytes": 12000000, "content_type": "text/csv"}

UPLOAD: Example = {
    "upload_url": f"https://storage.example.com/joust/{_REF}?X-Amz-Signature=…",
    "upload_method": "PUT",
    "path": _PATH,
    "storage_ref": _REF,
    "expires_at": "2026-11-22T21:28:32.000Z",
    "finalize_url": "/api/v1/workspace/files/finalize",
    "finalize_method": "POST",
}

FINISHED_UPLOAD: Example = {"path": _PATH}

FILE_QUOTA: Example = {
    "files_used": 1,
    "files_limit": 1000,
    "bytes_used": 11,
    "bytes_limit": 100000000,
    "per_file_byte_limit": 25000000,
}

CONTENT = "north,3.30"
