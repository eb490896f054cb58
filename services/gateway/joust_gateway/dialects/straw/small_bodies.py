"""JSON bodies of routes that take something else as well, read as FastAPI reads all others."""

from typing import TypeVar

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError

from joust_kit.errors import TooLarge

M = TypeVar("M", bound=BaseModel)


def media_type_of(request: Request) -> str:
    """The media type of the body, without its parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def read_json(request: Request, model: type[M], max_bytes: int) -> M:
    """The body. Raises ``TooLarge``, or ``RequestValidationError`` as for every other body."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > max_bytes:
            raise TooLarge(max_body_bytes=max_bytes)
    try:
        return model.model_validate_json(bytes(body))
    except ValidationError as error:
        problems = [{**problem, "loc": ("body", *problem["loc"])} for problem in error.errors()]
        raise RequestValidationError(problems) from error
