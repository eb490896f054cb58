"""Client of workspaces, which the submission service owns."""

from joust_contracts.internal.common import Page
from joust_contracts.internal.workspaces import Deleted, PutValue, ValueEntry, ValueQuota, ValueView
from joust_gateway.clients.call import Call
from joust_gateway.clients.transport import Transport

_VALUE = "/internal/workspace/value"


class WorkspaceClient:
    """The internal API of the caller's own workspace."""

    def __init__(self, transport: Transport) -> None:
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
