"""``/openapi.json``, the same in every service.

To describe some hundred operations takes seconds of work. So the document is made when it is first asked
for, in a thread, while others are answered; after that it is the same bytes for everybody.
"""

import asyncio
import hashlib
import json

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

DOCUMENT_PATH = "/openapi.json"


def install_document(app: FastAPI) -> None:
    """Serve what ``app.openapi()`` says; an app with an ``openapi_url`` serves FastAPI's own before it."""
    app.add_route(DOCUMENT_PATH, _Document(app).answer, include_in_schema=False)


class _Document:
    """The text of an app's OpenAPI document, made once."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app
        self._making = asyncio.Lock()
        self._made: tuple[bytes, str] | None = None

    async def answer(self, request: Request) -> Response:
        """The document, or 304 to those who have it (RFC 9110, section 13.1.2)."""
        content, etag = await self._content_and_etag()
        # Whoever keeps it asks whether it is still the same: a new release has another.
        headers = {"ETag": etag, "Cache-Control": "no-cache"}
        if _names(request.headers.get("If-None-Match", ""), etag):
            return Response(status_code=304, headers=headers)
        return Response(content, media_type="application/json", headers=headers)

    async def _content_and_etag(self) -> tuple[bytes, str]:
        async with self._making:
            if self._made is None:
                self._made = await asyncio.to_thread(self._make)
        return self._made

    def _make(self) -> tuple[bytes, str]:
        content = json.dumps(self._app.openapi(), ensure_ascii=False, separators=(",", ":")).encode()
        return content, f'"{hashlib.sha256(content).hexdigest()}"'


def _names(if_none_match: str, etag: str) -> bool:
    """True if the header's value names ``etag``, weakly compared."""
    named = {each.strip().removeprefix("W/") for each in if_none_match.split(",")}
    return bool(named & {etag, "*"})
