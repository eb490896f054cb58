"""Where the processes of a service are, for connections that go to any of them.

A service that runs in several processes has one name here. Each new connection tries them in turn, beginning
with another one each time, and goes to the first that takes it. Connections are reused, whoever answers them.
"""

import socket
from collections.abc import Mapping, Sequence

from aiohttp import ThreadedResolver
from aiohttp.abc import AbstractResolver, ResolveResult

Address = tuple[str, int]


class ServiceResolver(AbstractResolver):
    """Resolves the names of services to their processes, and all other names as usual."""

    def __init__(self, services: Mapping[str, Sequence[Address]]) -> None:
        self._services = services
        self._usual = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Addresses of ``host``. Raises OSError if it has none."""
        processes = self._services.get(host)
        if processes is None:
            return await self._usual.resolve(host, port, family)
        found: list[ResolveResult] = []
        for name, own_port in processes:
            found += await self._usual.resolve(name, own_port, family)
        return found

    async def close(self) -> None:
        """Close the usual one."""
        await self._usual.close()
