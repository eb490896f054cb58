"""One request, one transaction: committed before the answer leaves, so that a 2xx is a promise.

Endpoints take ``Unit`` (to write) or ``Reading`` (to read) and ``CurrentActor``; none of them commits.
"""

from collections.abc import Awaitable, Callable, Coroutine
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Request, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from joust_contracts.internal.common import (
    ACTOR_HEADER,
    AFTER_HEADER,
    CORRELATION_HEADER,
    IDEMPOTENCY_HEADER,
)
from joust_kit.database.database import Database
from joust_kit.database.unit_of_work import UnitOfWork
from joust_kit.errors import BadRequest, JoustError
from joust_kit.failpoints import failpoint
from joust_kit.http.errors import render, translate
from joust_kit.idempotency import IdempotencyKey, StoredAnswer
from joust_kit.identity import Actor, ActorVerifier
from joust_kit.observability.logging import get_logger

log = get_logger(__name__)

WRITING_METHODS = frozenset({"POST", "PUT", "PATCH", "DELETE"})
RouteHandler = Callable[[Request], Coroutine[Any, Any, Response]]
IdempotencyScope = Callable[[Request], Awaitable[UUID]]
"""Names whose keys they are (``app.state.idempotency_scope``); keys of different owners never meet."""


class TranslatingRoute(APIRoute):
    """A route without a transaction of its own, in which a part that does not answer is a refusal."""

    def get_route_handler(self) -> RouteHandler:
        """Wrap FastAPI's handler."""
        return _translating(super().get_route_handler())


class TransactionalRoute(APIRoute):
    """A route whose writing methods run in one unit of work, with the idempotency key if one came; the others
    have a session for reading."""

    def get_route_handler(self) -> RouteHandler:
        """Wrap FastAPI's handler."""
        answer = super().get_route_handler()
        writes = WRITING_METHODS.intersection(self.methods or ())
        answer_in = _answer_in_transaction if writes else _answer_in_reading

        async def answer_with_database(request: Request) -> Response:
            return await answer_in(request, answer)

        return _translating(answer_with_database)


def _translating(answer: RouteHandler) -> RouteHandler:
    async def answer_or_refuse(request: Request) -> Response:
        try:
            return await answer(request)
        except Exception as error:
            if (refusal := translate(error)) is None or refusal is error:
                raise
            log.warning("answered 503", path=request.url.path, error=repr(error))
            raise refusal from error

    return answer_or_refuse


async def _answer_in_reading(request: Request, answer: RouteHandler) -> Response:
    # Not a dependency with ``yield``: that costs as much as a statement, and keeps the connection for longer.
    database: Database = request.app.state.database
    async with database.reading() as session:
        request.state.reading = session
        return await answer(request)


async def _answer_in_transaction(request: Request, answer: RouteHandler) -> Response:
    database: Database = request.app.state.database
    correlation_id = request.headers.get(CORRELATION_HEADER)
    key = await _idempotency_key(request)
    async with database.transaction(correlation_id=correlation_id) as unit:
        request.state.unit = unit
        response = await (answer(request) if key is None else _answer_once(request, answer, unit, key))
    if __debug__:
        failpoint("after_commit_before_answer")
    return response


async def _answer_once(
    request: Request, answer: RouteHandler, unit: UnitOfWork, key: IdempotencyKey
) -> Response:
    state = request.app.state
    stored = await key.claim(unit, state.database.tables, state.settings.idempotency_key_ttl)
    if stored is not None:
        return _repeated(stored)
    if __debug__:
        failpoint("after_claim_before_effect")
    response = await answer(request)
    if __debug__:
        failpoint("after_effect_before_answer_stored")
    key.store(unit, StoredAnswer(response.status_code, bytes(response.body)))
    return response


def _repeated(stored: StoredAnswer) -> Response:
    headers = {"Idempotent-Replayed": "true"}
    return Response(stored.body, stored.status, headers, media_type="application/json")


async def answered_before(request: Request) -> Response | None:
    """The answer to an earlier request with this idempotency key and body, ``None`` if there was none.

    For a ``TranslatingRoute`` that does something slow before ``answer_once``, and need not do it again.
    """
    state = request.app.state
    key = await _idempotency_key(request)
    if key is None:
        return None
    async with state.database.reading() as session:
        stored = await key.find(session, state.database.tables, state.settings.idempotency_key_ttl)
    return None if stored is None else _repeated(stored)


async def answer_once(
    request: Request,
    content: bytes,
    act: Callable[[UnitOfWork], Awaitable[BaseModel | JoustError]],
    *,
    status: int,
) -> Response:
    """Answer in a transaction that is opened only now, e.g. after a long upload; for a ``TranslatingRoute``.

    ``content`` stands for the body where requests are compared by their idempotency key. If the key was
    answered before, ``act`` is not called. A refusal that ``act`` returns, instead of raising it, is the
    answer to a change: that is committed, and a key gets the same refusal again.
    """
    database: Database = request.app.state.database
    key = await _idempotency_key(request, content)
    async with database.transaction(correlation_id=request.headers.get(CORRELATION_HEADER)) as unit:

        async def answer(_request: Request) -> Response:
            view = await act(unit)
            if isinstance(view, JoustError):
                return render(view)
            return Response(view.model_dump_json(), status, media_type="application/json")

        response = await (answer(request) if key is None else _answer_once(request, answer, unit, key))
    if __debug__:
        failpoint("after_commit_of_an_upload_before_answer")
    return response


async def _idempotency_key(request: Request, content: bytes | None = None) -> IdempotencyKey | None:
    key = request.headers.get(IDEMPOTENCY_HEADER)
    scope_of: IdempotencyScope | None = getattr(request.app.state, "idempotency_scope", None)
    if key is None or request.method != "POST" or scope_of is None:
        return None
    return IdempotencyKey.of(
        key,
        account_id=await scope_of(request),
        method=request.method,
        path=request.url.path,
        body=await request.body() if content is None else content,
        pepper=request.app.state.settings.idempotency_pepper,
    )


async def scope_of_actor(request: Request) -> UUID:
    """Keys belong to the account that the gateway's token names. Raises ``Unauthorized``."""
    return (await _current_actor(request)).account_id


async def _unit(request: Request) -> UnitOfWork:
    unit: UnitOfWork = request.state.unit
    return unit


async def _reading(request: Request) -> AsyncSession:
    session: AsyncSession = request.state.reading
    return session


async def _current_actor(request: Request) -> Actor:
    verifier: ActorVerifier = request.app.state.verifier
    return verifier.verify(request.headers.get(ACTOR_HEADER))


async def _expected_versions(request: Request) -> dict[UUID, int]:
    versions: dict[UUID, int] = {}
    for value in request.headers.getlist(AFTER_HEADER):
        id, _, version = value.partition(":")
        try:
            versions[UUID(id)] = int(version)
        except ValueError as error:
            raise BadRequest(f"{AFTER_HEADER} is '<id>:<version>'.") from error
    return versions


Unit = Annotated[UnitOfWork, Depends(_unit)]
"""The request's transaction."""
Reading = Annotated[AsyncSession, Depends(_reading)]
"""A session for reading, in which each statement stands alone."""
CurrentActor = Annotated[Actor, Depends(_current_actor)]
"""Who asks, as the gateway's token says."""
ExpectedVersions = Annotated[dict[UUID, int], Depends(_expected_versions)]
"""Versions that the projections of this service must have reached before it answers."""
