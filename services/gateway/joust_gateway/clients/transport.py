"""HTTP to the services: signed, in the caller's trace, and never waiting for long."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

import aiohttp
from multidict import CIMultiDict
from pydantic import BaseModel, ValidationError

from joust_contracts.internal.common import (
    ACTOR_HEADER,
    AFTER_HEADER,
    CORRELATION_HEADER,
    IDEMPOTENCY_HEADER,
    ErrorCode,
)
from joust_contracts.services import ServiceName
from joust_gateway.clients.addresses import ServiceResolver
from joust_gateway.clients.call import REPLAYED_HEADER, Call
from joust_gateway.clients.errors import refusal_of
from joust_gateway.clients.uploads import Upload
from joust_gateway.settings import GatewaySettings
from joust_kit.errors import Unavailable
from joust_kit.failpoints import failpoint
from joust_kit.identity import ActorSigner
from joust_kit.observability.logging import get_logger
from joust_kit.observability.tracing import inject_context

log = get_logger(__name__)

M = TypeVar("M", bound=BaseModel)

_HUNG_UP = (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError)
_KEEP_ALIVE_SECONDS = 4
"""Less than the 5 s after which uvicorn closes an idle connection, so that no POST meets a closed one."""


@asynccontextmanager
async def open_session(settings: GatewaySettings) -> AsyncIterator[aiohttp.ClientSession]:
    """Connections to all services, reused, with a limit to every wait."""
    processes = settings.processes
    connector = aiohttp.TCPConnector(
        limit=settings.service_max_connections,
        keepalive_timeout=_KEEP_ALIVE_SECONDS,
        resolver=ServiceResolver(processes) if processes else None,
    )
    timeout = aiohttp.ClientTimeout(
        total=settings.service_timeout_seconds, sock_connect=settings.service_connect_timeout_seconds
    )
    jar = aiohttp.DummyCookieJar()
    async with aiohttp.ClientSession(connector=connector, timeout=timeout, cookie_jar=jar) as session:
        yield session


class Transport:
    """Asks one service."""

    def __init__(
        self, session: aiohttp.ClientSession, service: ServiceName, base_url: str, signer: ActorSigner
    ) -> None:
        self._session = session
        self._service = service
        self._base_url = base_url
        self._signer = signer

    async def get(
        self,
        call: Call,
        path: str,
        answer: type[M],
        *,
        params: Mapping[str, str] | None = None,
        after: "Sequence[After]" = (),
    ) -> M:
        """Read. Raises what the service refuses with, or ``Unavailable``."""
        return await self._ask("GET", path, answer, call, self._headers(call, after), params=params)

    async def post(
        self,
        call: Call,
        path: str,
        answer: type[M],
        *,
        body: BaseModel | None = None,
        params: Mapping[str, str] | None = None,
        after: "Sequence[After]" = (),
        timeout_seconds: float | None = None,
    ) -> M:
        """Change, with the caller's idempotency key. Raises what the service refuses with, or
        ``Unavailable``.

        ``params`` are what the gateway found out: the key stands for the same request whatever they are.
        """
        headers = self._headers(call, after)
        if call.idempotency_key is not None:
            headers[IDEMPOTENCY_HEADER] = call.idempotency_key
        return await self._change(
            "POST", path, answer, call, headers, body, params, timeout_seconds=timeout_seconds
        )

    async def patch(self, call: Call, path: str, answer: type[M], *, body: BaseModel) -> M:
        """Change the fields that ``body`` was given. Raises what the service refuses with, or
        ``Unavailable``."""
        return await self._change("PATCH", path, answer, call, self._headers(call, ()), body)

    async def put(
        self,
        call: Call,
        path: str,
        answer: type[M],
        *,
        body: BaseModel,
        params: Mapping[str, str] | None = None,
    ) -> M:
        """Replace; the same again changes nothing. Raises what the service refuses with, or
        ``Unavailable``."""
        return await self._change("PUT", path, answer, call, self._headers(call, ()), body, params)

    async def delete(
        self, call: Call, path: str, answer: type[M], *, params: Mapping[str, str] | None = None
    ) -> M:
        """Remove; what is gone stays gone. Raises what the service refuses with, or ``Unavailable``."""
        return await self._change("DELETE", path, answer, call, self._headers(call, ()), None, params)

    async def _change(
        self,
        method: str,
        path: str,
        answer: type[M],
        call: Call,
        headers: "CIMultiDict[str]",
        body: BaseModel | None,
        params: Mapping[str, str] | None = None,
        timeout_seconds: float | None = None,
    ) -> M:
        if body is not None:
            headers["Content-Type"] = "application/json"
        # In a PATCH a field that did not come says something else than its default.
        content = None if body is None else body.model_dump_json(exclude_unset=method == "PATCH").encode()
        timeout = None if timeout_seconds is None else self._timeout(timeout_seconds)
        return await self._ask(
            method, path, answer, call, headers, params=params, content=content, timeout=timeout
        )

    async def upload(
        self,
        call: Call,
        path: str,
        answer: type[M],
        *,
        body: Upload,
        timeout_seconds: float,
        once: bool = False,
        after: "Sequence[After]" = (),
    ) -> M:
        """Pass a body on as it comes, without keeping it. Raises as ``post``, and what ``body`` raises.

        ``once``: with the caller's idempotency key.
        """
        headers = self._headers(call, after)
        headers["Content-Type"] = body.content_type
        if once and call.idempotency_key is not None:
            headers[IDEMPOTENCY_HEADER] = call.idempotency_key
        timeout = self._timeout(timeout_seconds)
        return await self._pass_on("POST", path, answer, call, headers, body=body, timeout=timeout)

    async def _pass_on(
        self,
        method: str,
        path: str,
        answer: type[M],
        call: Call,
        headers: "CIMultiDict[str]",
        *,
        body: Upload,
        timeout: aiohttp.ClientTimeout,
        params: Mapping[str, str] | None = None,
    ) -> M:
        if body.size_bytes is not None:
            headers["Content-Length"] = str(body.size_bytes)
        try:
            return await self._ask(
                method, path, answer, call, headers, params=params, content=body.chunks(), timeout=timeout
            )
        except Unavailable:
            # What ended the body is told, and not that the service did not get it whole.
            if body.failure is not None:
                raise body.failure from None
            raise

    def _timeout(self, total_seconds: float) -> aiohttp.ClientTimeout:
        connect = self._session.timeout.sock_connect
        return aiohttp.ClientTimeout(total=total_seconds, sock_connect=connect)

    def _headers(self, call: Call, after: "Sequence[After]") -> "CIMultiDict[str]":
        context: dict[str, str] = {}
        inject_context(context)
        headers = CIMultiDict(context)
        headers[ACTOR_HEADER] = self._signer.token(call.caller.actor, self._service)
        headers[CORRELATION_HEADER] = call.correlation_id
        for id, version in after:
            headers.add(AFTER_HEADER, f"{id}:{version}")
        return headers

    async def _ask(
        self,
        method: str,
        path: str,
        answer: type[M],
        call: Call,
        headers: "CIMultiDict[str]",
        *,
        params: Mapping[str, str] | None = None,
        content: bytes | AsyncIterator[bytes] | None = None,
        timeout: aiohttp.ClientTimeout | None = None,
    ) -> M:
        url = f"{self._base_url}{path}"
        patience: dict[str, Any] = {} if timeout is None else {"timeout": timeout}
        asked = partial(
            self._session.request,
            method,
            url,
            params=params,
            data=content,
            headers=headers,
            allow_redirects=False,
            **patience,
        )
        if __debug__:
            failpoint("after_key_check_before_service")
        try:
            try:
                response, body = await _read(asked())
            except _HUNG_UP as error:
                if not _may_be_asked_again(error, headers, content):
                    raise
                response, body = await _read(asked())
        except (aiohttp.ClientError, OSError) as error:
            log.warning("service does not answer", target=self._service, path=path, error=repr(error))
            raise Unavailable() from error
        if __debug__:
            failpoint("after_service_before_public_answer")
        if not 200 <= response.status < 300:
            raise self._refusal(path, response.status, body, response.headers)
        if REPLAYED_HEADER in response.headers:
            call.tell_replayed()
        try:
            return answer.model_validate_json(body)
        except ValidationError as error:
            log.exception("service answered what the contract does not say", target=self._service, path=path)
            raise Unavailable() from error

    def _refusal(self, path: str, status: int, body: bytes, headers: Mapping[str, str]) -> Exception:
        refusal = refusal_of(status, body, headers)
        if refusal is not None and refusal.code is not ErrorCode.UNAUTHORIZED:
            return refusal
        # This one is about our token, which the caller can do nothing about.
        log.error("service refused the gateway", target=self._service, path=path, status=status)
        return Unavailable()


async def _read(
    asked: AbstractAsyncContextManager[aiohttp.ClientResponse],
) -> tuple[aiohttp.ClientResponse, bytes]:
    async with asked as response:
        return response, await response.read()


def _may_be_asked_again(
    error: aiohttp.ClientError, headers: Mapping[str, str], content: bytes | AsyncIterator[bytes] | None
) -> bool:
    """True if the service closed a connection on a request that has one effect however often it is sent.

    A process that stops closes its idle connections, and a request may be on its way. aiohttp itself sends
    again what is idempotent by its method.
    """
    if isinstance(error, aiohttp.ClientConnectorError):
        return False
    return IDEMPOTENCY_HEADER in headers and (content is None or isinstance(content, bytes))


After = tuple[UUID, int]
"""An aggregate and the version of it that the service must have heard of before it answers."""
