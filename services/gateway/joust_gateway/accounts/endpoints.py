"""Accounts and API keys, for all dialects."""

from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request

from joust_contracts.vocabulary import Scope
from joust_gateway.access.authentication import requires
from joust_gateway.access.caller import Caller
from joust_gateway.accounts import commands, examples, queries
from joust_gateway.accounts.errors import ApiKeyNotFound, ScopeNotHeld, SpendCapHeld, TooManyKeys
from joust_gateway.accounts.schemas import (
    ApiKeyList,
    ApiKeyView,
    CreatedAccount,
    CreatedApiKey,
    NewAccount,
    NewApiKey,
    RevokedApiKey,
)
from joust_gateway.documented import operation
from joust_gateway.limits import Limit, limited
from joust_kit.errors import InvalidUuid
from joust_kit.http.transactions import Reading, TransactionalRoute, Unit

ACCOUNTS_PATH = "/api/v1/accounts"

router = APIRouter(route_class=TransactionalRoute)

ManagesKeys = Annotated[Caller, requires(Scope.KEYS_MANAGE)]


@router.post(
    ACCOUNTS_PATH,
    tags=["accounts"],
    operation_id="create_account",
    dependencies=[limited(Limit.ACCOUNTS)],
    **operation(
        once=True,
        status=201,
        request=examples.NEW_ACCOUNT,
        answer=examples.CREATED_ACCOUNT,
        needs_key=False,
    ),
)
async def create_account(wanted: NewAccount, unit: Unit) -> CreatedAccount:
    """Sign up. No key is needed; the answer holds the account's first one, which is shown only now."""
    opened = await commands.open_account(unit, wanted)
    fields = opened.account.model_dump(include={"id", "display_name", "kind", "created_at"})
    return CreatedAccount(api_key=opened.secret, agent_id=opened.agent.id, **fields)


@router.post(
    "/api/api-keys",
    tags=["api keys"],
    operation_id="create_api_key",
    **operation(
        ScopeNotHeld,
        SpendCapHeld,
        TooManyKeys,
        once=True,
        status=201,
        request=examples.NEW_API_KEY,
        answer=examples.CREATED_API_KEY,
    ),
)
async def create_api_key(
    caller: ManagesKeys, unit: Unit, request: Request, wanted: NewApiKey | None = None
) -> CreatedApiKey:
    """Make a key: without `scopes` one that may do everything, with them one limited to them."""
    max_active = request.app.state.settings.max_active_keys
    issued = await commands.create_key(unit, caller, wanted or NewApiKey(), max_active)
    return CreatedApiKey(api_key=issued.secret, **ApiKeyView.of(issued.key).model_dump())


@router.get(
    "/api/api-keys",
    tags=["api keys"],
    operation_id="list_api_keys",
    **operation(answer=examples.API_KEYS),
)
async def list_api_keys(caller: ManagesKeys, session: Reading) -> ApiKeyList:
    """List the account's active keys, newest first, without anything that helps to use them."""
    return await queries.list_keys(session, caller.actor.account_id)


@router.delete(
    "/api/api-keys",
    tags=["api keys"],
    operation_id="revoke_api_key",
    **operation(ApiKeyNotFound, InvalidUuid, answer=examples.REVOKED_API_KEY),
)
async def revoke_api_key(
    id: Annotated[UUID, Query(description="The key's id, as the list tells it.")],
    caller: ManagesKeys,
    unit: Unit,
    request: Request,
) -> RevokedApiKey:
    """Revoke a key: within a second nobody takes it any more. Revoking it again changes nothing."""
    key = await commands.revoke_key(unit, caller, id)
    unit.after_commit.append(partial(request.app.state.resources.revocations.stop, key.id))
    return RevokedApiKey.model_validate(key.model_dump(include={"id", "revoked_at"}))
