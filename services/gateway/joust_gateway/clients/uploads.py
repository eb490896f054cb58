"""A body on its way through: read from the caller as fast as the service takes it."""

from collections.abc import AsyncIterator

from fastapi import Request
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from joust_kit.errors import BadRequest, JoustError, TooLarge

_DEFAULT_TYPE = "application/octet-stream"


class Upload:
    """The body of a public request."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self.content_type = request.headers.get("content-type", _DEFAULT_TYPE)
        declared = request.headers.get("content-length", "")
        self.size_bytes = int(declared) if declared.isdecimal() else None
        self.failure: JoustError | None = None
        """Why the body ended before its end."""

    async def chunks(self) -> AsyncIterator[bytes]:
        """The body as it comes. Raises ``BadRequest`` if the caller leaves, or ``TooLarge``."""
        try:
            async for chunk in self._request.stream():
                yield chunk
        except ClientDisconnect:
            self.failure = BadRequest("The upload ended too early.")
            raise self.failure from None
        except HTTPException as error:
            self.failure = TooLarge() if error.status_code == 413 else BadRequest()
            raise self.failure from None
