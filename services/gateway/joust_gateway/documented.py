"""What every operation tells OpenAPI: examples of its request and its answer, and its refusals."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from joust_contracts.internal.common import IDEMPOTENCY_HEADER
from joust_contracts.refusals.base import Refusal
from joust_gateway.access.errors import ScopeMissing
from joust_kit.errors import (
    BadRequest,
    IdempotencyKeyInUse,
    IdempotencyKeyReused,
    Invalid,
    JoustError,
    RateLimited,
    TooLarge,
    Unauthorized,
    Unavailable,
)
from joust_kit.http.errors import responses
from joust_kit.idempotency import MAX_KEY_LENGTH

_ALWAYS: tuple[type[JoustError], ...] = (BadRequest, Invalid, RateLimited, Unavailable, JoustError)

_KEY_PARAMETER = {
    "name": IDEMPOTENCY_HEADER,
    "in": "header",
    "required": False,
    # An example would be sent by whoever tries the page out, again and again, and be refused.
    "description": "A new one for each request, e.g. a UUID. For 24 hours the same key and body get the "
    "first answer, and act once.",
    "schema": {"type": "string", "minLength": 1, "maxLength": MAX_KEY_LENGTH},
}


EVENT_STREAM = "text/event-stream"
_COMPONENTS = "#/components/schemas/{model}"


Shape = str | type[BaseModel]
"""The name of a schema that other answers have, or a model that they have not."""


def _event(events: Mapping[str, Shape]) -> dict[str, Any]:
    """Each of the stream's events, with its fields as the HTML standard names them."""
    return {"type": "object", "oneOf": [_event_of(name, data) for name, data in events.items()]}


def _event_of(name: str, data: Shape) -> dict[str, Any]:
    content = {"type": "string", "contentMediaType": "application/json"}
    return {
        "properties": {
            "event": {"const": name},
            "data": {**content, "contentSchema": _schema(data)},
            "id": {"type": "string"},
        },
        "required": ["event", "data"],
    }


def _schema(data: Shape) -> dict[str, Any]:
    if isinstance(data, str):
        return {"$ref": _COMPONENTS.format(model=data)}
    # The parts of the model are parts of other answers, too.
    schema = data.model_json_schema(mode="serialization", ref_template=_COMPONENTS)
    schema.pop("$defs", None)
    return schema


def operation(
    *errors: type[JoustError] | Refusal,
    answer: Any,
    status: int = 200,
    request: Any = None,
    media_type: str = "application/json",
    once: bool = False,
    body: Mapping[str, Any] | None = None,
    needs_key: bool = True,
    events: Mapping[str, Shape] | None = None,
    nothing: str | None = None,
    pending: str | None = None,
) -> dict[str, Any]:
    """Keyword arguments of a route: its status, examples and refusals.

    ``errors`` are its own refusals, those that every operation has are added. ``once``: it takes an
    Idempotency-Key. ``body``: the content of a request that is not read as JSON, by media type.
    ``events``: of a stream, each with the schema of its data. ``nothing``: what a 204 in its place
    means. ``pending``: what a 202 with the same form means.
    """
    repeated = (IdempotencyKeyInUse, IdempotencyKeyReused) if once else ()
    keyed = (Unauthorized, ScopeMissing) if needs_key else ()
    sized = () if request is None and body is None else (TooLarge,)
    declared = responses(*sized, *errors, *repeated, *keyed, *_ALWAYS)
    declared[status] = {"content": {media_type: {"example": answer}}}
    if nothing is not None:
        declared[204] = {"description": nothing}
    if pending is not None:
        declared[202] = {"description": pending, "content": {media_type: {"example": answer}}}
    if events is not None:
        declared[status] = {"content": {EVENT_STREAM: {"example": answer, "schema": _event(events)}}}
    extra: dict[str, Any] = {"parameters": [_KEY_PARAMETER]} if once else {}
    if request is not None:
        extra["requestBody"] = {"content": {"application/json": {"example": request}}}
    if body is not None:
        extra["requestBody"] = {"required": True, "content": dict(body)}
    return {"status_code": status, "responses": declared, "openapi_extra": extra or None}
