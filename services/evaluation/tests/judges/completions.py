"""What an OpenAI-compatible server answers."""

import json
from typing import Any

from werkzeug import Response


def completion(opinion: dict[str, Any], **message: Any) -> Response:
    """A chat completion that calls the output tool, or holds ``message`` instead."""
    call = {"name": "final_result", "arguments": json.dumps(opinion)}
    said = message or {
        "role": "assistant",
        "content": None,
        "tool_calls": [{"id": "call-1", "type": "function", "function": call}],
    }
    body = {
        "id": "completion-1",
        "object": "chat.completion",
        "created": 1_700_000_000,
        "model": "local-model",
        "choices": [{"index": 0, "finish_reason": "stop", "message": said}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
    }
    return Response(json.dumps(body), content_type="application/json")
