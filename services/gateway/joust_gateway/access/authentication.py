"""Turns the bearer key of a request into its caller. A route declares the scope that it asks for.

Whose key it is, is remembered for less than a second (``Holders``); a revoked one is refused from then on.
"""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer, SecurityScopes

from joust_contracts.vocabulary import Scope
from joust_gateway.access.caller import Caller
from joust_gateway.access.errors import ScopeMissing
from joust_gateway.access.holders import Holders
from joust_gateway.access.last_use import LastUses
from joust_gateway.accounts.rules import beginning_of, hash_of, scopes_of
from joust_gateway.limits import count_failed_key
from joust_kit.errors import Unauthorized
from joust_kit.identity import Actor

BEARER = HTTPBearer(
    scheme_name="apiKey",
    description="`Authorization: Bearer straw_sk_…` (every scope) or `platform_api_…` (some scopes).",
    auto_error=False,
)
Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(BEARER)]


async def authenticate(request: Request, scopes: SecurityScopes, credentials: Credentials) -> Caller:
    """The caller. Raises ``Unauthorized``, or ``ScopeMissing`` if the key lacks the route's scope."""
    caller = await caller_of(request, credentials)
    for scope in map(Scope, scopes.scopes):
        if scope not in caller.scopes:
            raise ScopeMissing(scope)
    return caller


async def caller_of(request: Request, credentials: HTTPAuthorizationCredentials | None) -> Caller:
    """Whoever holds the key that came.

    Raises ``Unauthorized``, always in the same words, or ``RateLimited`` after too many such.
    """
    if credentials is None:
        raise Unauthorized()
    secret = credentials.credentials
    holders: Holders = request.app.state.resources.holders
    # What can be no key is looked up as well, so that nobody learns by the time what a key looks like.
    holder = await holders.find(hash_of(secret))
    if holder is None:
        await count_failed_key(request, beginning_of(secret))
        raise Unauthorized()
    last_uses: LastUses = request.app.state.resources.last_uses
    last_uses.note(holder.key_id, holder.last_used_at)
    actor = Actor(holder.account_id, holder.agent_id, holder.display_name, holder.spender)
    return Caller(actor, holder.key_id, frozenset(scopes_of(holder.scopes)))


async def key_of_request(request: Request) -> UUID:
    """The API key that came, as the owner of idempotency keys. Raises ``Unauthorized``.

    Not the account: an answer with a secret is repeated only to the key that was told it.
    """
    return (await caller_of(request, await BEARER(request))).key_id


def requires(scope: Scope) -> Any:
    """Declare a route's scope: ``caller: Annotated[Caller, requires(Scope.KEYS_MANAGE)]``."""
    return Security(authenticate, scopes=[scope.value])
