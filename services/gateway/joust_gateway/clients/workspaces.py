"""Client of workspaces, which the submission service owns."""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager

import aiohttp

from joust_contracts.internal.common import Page
from joust_contracts.internal.workspaces import (
    BeginUpload,
    BegunUpload,
    Deleted,
    FileEntry,
    FileQuota,
    FinalizeUpload,
    PutValue,
    ValueEntry,
    ValueQuota,
    ValueView,
)
from joust_gateway.clients.call import Call
from joust_gateway.clients.files import FileTransport
from joust_gateway.clients.uploads import Upload

_VALUE = "/internal/workspace/value"
_FILE = "/internal/workspace/file"


class WorkspaceClient:
    """The internal API of the caller's own workspace."""

    def __init__(self, transport: FileTransport) -> None:
        self._transport = transport

    async def value(self, call: Call, key: str) -> ValueView:
        """What is under a key."""
        return await self._transport.get(call, _VALUE, ValueView, params={"key": key})

    async def put_value(self, call: Call, key: str, wanted: PutValue) -> ValueEntry:
        """Keep a value under a key."""
        return await self._transport.put(call, _VALUE, ValueEntry, params={"key": key}, body=wanted)

    async def delete_value(self, call: Call, key: str) -> Deleted:
        """Remove what is under a key."""
        return await self._transport.delete(call, _VALUE, Deleted, params={"key": key})

    async def list_values(
        self, call: Call, *, prefix: str, limit: int, cursor: str | None
    ) -> Page[ValueEntry]:
        """Keys in their order."""
        params = {"prefix": prefix, "limit": str(limit)} | ({} if cursor is None else {"cursor": cursor})
        return await self._transport.get(call, "/internal/workspace/keys", Page[ValueEntry], params=params)

    async def value_quota(self, call: Call) -> ValueQuota:
        """What is kept in keys and values, and may be."""
        return await self._transport.get(call, "/internal/workspace/value-quota", ValueQuota)

    async def put_file(
        self, call: Call, path: str, content_type: str | None, body: Upload | bytes, timeout_seconds: float
    ) -> FileEntry:
        """Keep a file at a path."""
        params = {"path": path} | ({} if content_type is None else {"content_type": content_type})
        return await self._transport.put_bytes(
            call, _FILE, FileEntry, params=params, body=body, timeout_seconds=timeout_seconds
        )

    def open_file(
        self, call: Call, path: str, headers: Mapping[str, str], timeout_seconds: float
    ) -> AbstractAsyncContextManager[aiohttp.ClientResponse]:
        """The bytes at a path, whole or in part."""
        return self._transport.get_bytes(
            call, _FILE, params={"path": path}, headers=headers, timeout_seconds=timeout_seconds
        )

    async def file(self, call: Call, path: str) -> FileEntry:
        """What is known of the file at a path."""
        return await self._transport.get(
            call, "/internal/workspace/file-entry", FileEntry, params={"path": path}
        )

    async def delete_file(self, call: Call, path: str) -> Deleted:
        """Remove the file at a path."""
        return await self._transport.delete(call, _FILE, Deleted, params={"path": path})

    async def begin_upload(self, call: Call, wanted: BeginUpload) -> BegunUpload:
        """Get a URL to which a file can be put."""
        return await self._transport.post(call, "/internal/workspace/uploads", BegunUpload, body=wanted)

    async def finalize_upload(self, call: Call, wanted: FinalizeUpload) -> FileEntry:
        """Have what was put to a URL taken over."""
        path = "/internal/workspace/uploads/finalize"
        return await self._transport.post(call, path, FileEntry, body=wanted)

    async def list_files(self, call: Call, *, prefix: str, limit: int, cursor: str | None) -> Page[FileEntry]:
        """Files in the order of their paths."""
        params = {"prefix": prefix, "limit": str(limit)} | ({} if cursor is None else {"cursor": cursor})
        return await self._transport.get(call, "/internal/workspace/files", Page[FileEntry], params=params)

    async def file_quota(self, call: Call) -> FileQuota:
        """What is kept in files, and may be."""
        return await self._transport.get(call, "/internal/workspace/file-quota", FileQuota)
