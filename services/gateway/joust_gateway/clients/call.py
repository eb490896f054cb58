"""On whose behalf, and as part of which request, services are asked."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Request, Response, Security

from joust_contracts.internal.common import CORRELATION_HEADER, IDEMPOTENCY_HEADER
from joust_contracts.vocabulary import Scope
from joust_gateway.access.authentication import authenticate
from joust_gateway.access.caller import Caller
from joust_kit.clock import SystemClock
from joust_kit.identity import Actor

NOBODY = UUID(int=0)
"""Owns nothing, so that as an actor it sees what anybody may see."""
REPLAYED_HEADER = "Idempotent-Replayed"

_ANYBODY = Caller(Actor(NOBODY, NOBODY, ""), NOBODY, frozenset())


@dataclass(frozen=True)
class Call:
    """One public request and its caller. Services get it with everything they are asked."""

    caller: Caller
    correlation_id: str
    idempotency_key: str | None
    """Goes with the one writing request that the public request comes down to."""
    answer: Response = field(default_factory=Response)
    """Collects headers of the public answer."""
    asked_at: datetime = field(default_factory=SystemClock().now)
    """By the clock that deadlines go by."""

    def tell_replayed(self) -> None:
        """The service repeated an earlier answer; say so to the caller."""
        self.answer.headers[REPLAYED_HEADER] = "true"


async def current_call(
    request: Request, response: Response, caller: Annotated[Caller, Depends(authenticate)]
) -> Call:
    """The request at hand."""
    key = request.headers.get(IDEMPOTENCY_HEADER)
    now = request.app.state.database.clock.now()
    return Call(caller, request.headers.get(CORRELATION_HEADER, ""), key, response, now)


async def anonymous_call(request: Request, response: Response) -> Call:
    """The request at hand, of nobody in particular: for what asks for no key."""
    return Call(_ANYBODY, request.headers.get(CORRELATION_HEADER, ""), None, response)


async def anonymous_change(request: Request, response: Response) -> Call:
    """The same for a change that asks for no key, with the idempotency key that came: a body that does not
    hold what the first one proved itself by gets no answer to that."""
    call = await anonymous_call(request, response)
    return replace(call, idempotency_key=request.headers.get(IDEMPOTENCY_HEADER))


def for_anybody(call: Call) -> Call:
    """A reading on behalf of nobody in particular, begun by ``call``: for what is shown to many."""
    return Call(_ANYBODY, call.correlation_id, None)


def calls(scope: Scope) -> Any:
    """Declare a route's scope: ``call: Annotated[Call, calls(Scope.PROFILE_READ)]``."""
    return Security(current_call, scopes=[scope.value])
