"""A body on its way through: read from the caller as fast as the service takes it."""

from collections.abc import AsyncIterator

from fastapi import Request
from starlette.requests import ClientDisconnect

from joust_kit.errors import BadRequest, JoustError
from joust_kit.http.errors import RefusedBody

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
        """The body as it comes. Raises ``BadRequest`` if the caller leaves, or why it is refused."""
        try:
            async for chunk in self._request.stream():
                yield chunk
        except ClientDisconnect:
            self.failure = BadRequest("The upload ended too early.")
            raise self.failure from None
        except RefusedBody as error:
            self.failure = error.refusal
            raise self.failure from None
