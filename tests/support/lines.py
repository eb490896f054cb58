"""Lines of its own between each service of a running stack and each thing that it needs, to be cut one by one."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import NamedTuple
from urllib.parse import urlsplit

from joust_contracts.services import ServiceName
from joust_embedded.stack import Stack
from tests.support.fault_proxy import FaultProxy, fault_proxy

DATABASE, STORAGE = "database", "storage"
START_SECONDS = 240.0
_WITH_STORAGE = (ServiceName.TASK, ServiceName.SUBMISSION, ServiceName.EVALUATION)


class Line(NamedTuple):
    """From a service to its database, to storage, or from the gateway to a service."""

    service: str
    needs: str

    @property
    def variable(self) -> str:
        """What tells the service where the line begins."""
        name = {DATABASE: "DATABASE_URL", STORAGE: "S3_ENDPOINT_URL"}.get(
            self.needs, f"{self.needs.upper()}_URL"
        )
        return f"JOUST_{self.service.upper()}_{name}"


ALL = [
    *(Line(name.value, DATABASE) for name in ServiceName),
    *(Line(name.value, STORAGE) for name in _WITH_STORAGE),
    *(Line("gateway", name.value) for name in ServiceName if name is not ServiceName.GATEWAY),
]


@asynccontextmanager
async def laid(stack: Stack, variables: Mapping[str, str]) -> AsyncIterator[dict[Line, FaultProxy]]:
    """All services start again behind their lines, with further ``variables``, and without them after the block."""
    lines: dict[Line, FaultProxy] = {}
    own: dict[str, dict[str, str]] = {name.value: {} for name in ServiceName}
    async with AsyncExitStack() as opened:
        for line in ALL:
            url = stack.env[line.service][line.variable]
            to = urlsplit(url)
            assert to.hostname is not None
            assert to.port is not None
            lines[line] = await opened.enter_async_context(fault_proxy(to.hostname, to.port))
            own[line.service][line.variable] = url.replace(f":{to.port}", f":{lines[line].port}")
        before = {name: {variable: stack.env[name][variable] for variable in own[name]} for name in own}
        for name in own:
            prefix = f"JOUST_{name.upper()}_"
            own[name] |= {key: value for key, value in variables.items() if key.startswith(prefix)}
        await _restart(stack, own)
        try:
            yield lines
        finally:
            gone = {name: dict.fromkeys(own[name]) for name in own}
            await _restart(stack, {name: {**gone[name], **before[name]} for name in own})


async def _restart(stack: Stack, variables: Mapping[str, Mapping[str, str | None]]) -> None:
    """All services at once, which takes longer than one alone."""

    def restart(name: str) -> None:
        stack.restart(name, variables[name], timeout_seconds=START_SECONDS)

    await asyncio.gather(*(asyncio.to_thread(restart, name) for name in variables))
