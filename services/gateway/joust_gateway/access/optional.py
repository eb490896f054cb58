"""Callers of what anybody may read, and some may read more of."""

from fastapi import Request, Response

from joust_contracts.vocabulary import Scope
from joust_gateway.access.authentication import BEARER, caller_of
from joust_gateway.clients.call import Call, anonymous_call, current_call


async def optional_call(request: Request, response: Response) -> Call:
    """The request at hand: of nobody in particular without a key, or with one that may read nothing.

    Raises ``Unauthorized`` for a key that does not work.
    """
    credentials = await BEARER(request)
    if credentials is not None:
        caller = await caller_of(request, credentials)
        if Scope.PROFILE_READ in caller.scopes:
            return await current_call(request, response, caller)
    return await anonymous_call(request, response)
