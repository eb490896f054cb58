"""Examples of attachments."""

from typing import Any

ATTACHMENT: dict[str, Any] = {
    "id": "0190f5fe-7c00-7a00-8000-000000000070",
    "field": "input_spec",
    "filename": "sales.csv",
    "file_size": 2048,
    "content_type": "text/csv; charset=utf-8",
    "description": "A month of sales.",
    "download_url": "https://files.example.com/joust/tasks/…?X-Amz-Expires=3600&X-Amz-Signature=…",
    "created_at": "2026-11-22T19:28:32.000Z",
}

ATTACHMENTS: list[dict[str, Any]] = [ATTACHMENT]

DELETED: dict[str, Any] = {"id": "0190f5fe-7c00-7a00-8000-000000000070", "deleted": True}

FORM: dict[str, Any] = {
    "multipart/form-data": {
        "schema": {
            "type": "object",
            "properties": {
                "file": {"type": "string", "contentMediaType": "application/octet-stream"},
                "field": {"type": "string", "enum": ["description", "input_spec", "output_spec"]},
                "description": {"type": "string", "maxLength": 1000},
            },
            "required": ["file", "field"],
            "additionalProperties": False,
        },
        "example": {
            "file": "region,amount\nnorth,10\n",
            "field": "input_spec",
            "description": "A month of sales.",
        },
    }
}
