"""Bytes to and from services, passed on as they come and never gathered here."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import aiohttp

from joust_contracts.internal.common import IDEMPOTENCY_HEADER
from joust_gateway.clients.call import Call
from joust_gateway.clients.transport import M, Transport
from joust_gateway.clients.uploads import Upload
from joust_kit.errors import Unavailable
from joust_kit.observability.logging import get_logger

log = get_logger(__name__)

_FOUND = frozenset({200, 206, 304})


class FileTransport(Transport):
    """Asks one service about files."""

    async def put_bytes(
        self,
        call: Call,
        path: str,
        answer: type[M],
        *,
        params: Mapping[str, str],
        body: Upload | bytes,
        timeout_seconds: float,
    ) -> M:
        """Replace by a body, with the caller's idempotency key.

        Raises what the service refuses with, ``Unavailable``, or why the body ended too early.
        """
        headers = self._headers(call, ())
        headers["Content-Type"] = "application/octet-stream"
        if call.idempotency_key is not None:
            headers[IDEMPOTENCY_HEADER] = call.idempotency_key
        timeout = self._patience(timeout_seconds)
        if isinstance(body, Upload):
            return await self._pass_on(
                "PUT", path, answer, call, headers, params=params, body=body, timeout=timeout
            )
        return await self._ask(
            "PUT", path, answer, call, headers, params=params, content=body, timeout=timeout
        )

    @asynccontextmanager
    async def get_bytes(
        self,
        call: Call,
        path: str,
        *,
        params: Mapping[str, str],
        headers: Mapping[str, str],
        timeout_seconds: float,
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """The service's answer, whose body is still to be read within the block.

        Raises what the service refuses with, or ``Unavailable``.
        """
        asked = self._session.request(
            "GET",
            f"{self._base_url}{path}",
            params=params,
            headers={**self._headers(call, ()), **headers},
            allow_redirects=False,
            timeout=self._patience(timeout_seconds),
        )
        try:
            response = await asked
        except (aiohttp.ClientError, OSError) as error:
            log.warning("service does not answer", target=self._service, path=path, error=repr(error))
            raise Unavailable() from error
        async with response:
            if response.status not in _FOUND:
                raise self._refusal(path, response.status, await response.read(), response.headers)
            yield response

    def _patience(self, total_seconds: float) -> aiohttp.ClientTimeout:
        usual = self._session.timeout
        return aiohttp.ClientTimeout(
            total=total_seconds, sock_connect=usual.sock_connect, sock_read=usual.total
        )
