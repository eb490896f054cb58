"""Gives files out: whole or in part, straight from storage."""

from contextlib import AsyncExitStack
from typing import NamedTuple

from fastapi import Response

from joust_kit.errors import Unavailable
from joust_kit.http.streamed import StreamedAnswer
from joust_kit.identity import Actor
from joust_kit.storage import ObjectMissing
from joust_submission.resources import Resources
from joust_submission.workspace.files.keys import key_of_file
from joust_submission.workspace.files.queries import get_file
from joust_submission.workspace.files.rules import Part, names_version, wanted_part
from joust_submission.workspace.models import File

_TRIES = 2


class Asked(NamedTuple):
    """Headers that say which bytes are wanted, and when."""

    range: str | None = None
    if_range: str | None = None
    if_none_match: str | None = None


async def download(actor: Actor, path: str, asked: Asked, resources: Resources) -> Response:
    """The bytes of the actor's file.

    Raises ``UnacceptableName``, ``FileNotFound``, ``RangeNotSatisfiable``, or ``Unavailable``.
    """
    for _ in range(_TRIES):
        async with resources.database.reading() as session:
            file = await get_file(session, actor, path)
        try:
            return await _answer(file, asked, resources)
        except ObjectMissing:
            # It was replaced and removed since the row was read.
            continue
    raise Unavailable()


async def _answer(file: File, asked: Asked, resources: Resources) -> Response:
    etag = f'"{file.sha256}"'
    if names_version(asked.if_none_match, etag):
        return Response(status_code=304, headers={"ETag": etag})
    wants_part = asked.if_range is None or asked.if_range.strip() == etag
    part = wanted_part(asked.range if wants_part else None, file.size_bytes)
    headers = _headers(file, etag, part)
    async with AsyncExitStack() as stack:
        key = key_of_file(file.account_id, file.object_id)
        opened = resources.storage.open_part(key, None if part is None else (part.first, part.last))
        chunks = await stack.enter_async_context(opened)
        return StreamedAnswer(
            chunks,
            status=200 if part is None else 206,
            headers=headers,
            close=stack.pop_all().aclose,
            limit_seconds=resources.settings.workspace_transfer_timeout_seconds,
        )


def _headers(file: File, etag: str, part: Part | None) -> dict[str, str]:
    """Nothing that a browser would run or show: the bytes and their type are a stranger's."""
    headers = {
        "Content-Type": file.content_type,
        "Content-Length": str(file.size_bytes if part is None else part.size_bytes),
        "Content-Disposition": f'attachment; filename="{file.path.rpartition("/")[2]}"',
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Cache-Control": "private, no-cache",
        "Accept-Ranges": "bytes",
        "ETag": etag,
    }
    if part is not None:
        headers["Content-Range"] = f"bytes {part.first}-{part.last}/{file.size_bytes}"
    return headers
