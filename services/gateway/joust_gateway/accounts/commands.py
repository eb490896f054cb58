"""What can be done to accounts and keys. Each runs in the caller's transaction, which the edge commits."""

from typing import NamedTuple
from uuid import UUID

from joust_contracts.events import AccountCreated, ApiKeyCreated, ApiKeyRevoked
from joust_gateway.access.caller import Caller
from joust_gateway.accounts import repository
from joust_gateway.accounts.errors import ApiKeyNotFound, TooManyKeys
from joust_gateway.accounts.models import Account, ApiKey
from joust_gateway.accounts.rules import check_grant, check_is_uncapped, new_key
from joust_gateway.accounts.schemas import NewAccount, NewApiKey
from joust_gateway.agents.commands import add_agent
from joust_gateway.agents.models import Agent
from joust_kit.database.unit_of_work import UnitOfWork
from joust_kit.failpoints import failpoint

_FIRST_KEY_NAME = "first key"
_UNNAMED = "unnamed"


class OpenedAccount(NamedTuple):
    """An account that was just made, with the only sight of its key."""

    account: Account
    agent: Agent
    secret: str


class IssuedKey(NamedTuple):
    """A key that was just made, with the only sight of it."""

    key: ApiKey
    secret: str


async def open_account(unit: UnitOfWork, wanted: NewAccount) -> OpenedAccount:
    """Make an account with its default agent and a first key that may do everything."""
    account = Account(id=unit.new_id(), created_at=unit.now, **wanted.model_dump())
    unit.session.add(account)
    await unit.session.flush()
    if __debug__:
        failpoint("after_account_before_agent_and_key")
    agent_id = unit.new_id()
    unit.emit(AccountCreated(account=account.snapshot(agent_id)))
    agent = add_agent(unit, account.id, account.display_name, agent_id=agent_id, is_default=True)
    issued = _issue(unit, account.id, NewApiKey(name=_FIRST_KEY_NAME))
    return OpenedAccount(account, agent, issued.secret)


async def create_key(unit: UnitOfWork, caller: Caller, wanted: NewApiKey, max_active: int) -> IssuedKey:
    """Make a key for the caller's account. Raises ``SpendCapHeld``, ``ScopeNotHeld`` or ``TooManyKeys``."""
    check_is_uncapped(caller.actor.spender)
    check_grant(wanted.scopes, caller.scopes)
    account_id = caller.actor.account_id
    await repository.lock_account(unit.session, account_id)
    if await repository.count_active_keys(unit.session, account_id) >= max_active:
        raise TooManyKeys(None, max_active_keys=max_active)
    return _issue(unit, account_id, wanted)


async def revoke_key(unit: UnitOfWork, caller: Caller, key_id: UUID) -> ApiKey:
    """End a key at once; one that was revoked before is left as it is. Raises ``ApiKeyNotFound``."""
    key = await repository.lock_key(unit.session, caller.actor.account_id, key_id)
    if key is None:
        raise ApiKeyNotFound()
    if key.revoked_at is None:
        key.revoked_at = unit.now
        key.version += 1
        unit.emit(ApiKeyRevoked(api_key=key.snapshot()))
    return key


def _issue(unit: UnitOfWork, account_id: UUID, wanted: NewApiKey) -> IssuedKey:
    made = new_key(wanted.scopes)
    key = ApiKey(
        id=unit.new_id(),
        account_id=account_id,
        name=wanted.name or _UNNAMED,
        prefix=made.prefix,
        key_hash=made.key_hash,
        granted=None if wanted.scopes is None else [scope.value for scope in wanted.scopes],
        daily_spend_cap_cents=wanted.daily_spend_cap_cents,
        total_spend_cap_cents=wanted.total_spend_cap_cents,
        created_at=unit.now,
    )
    unit.session.add(key)
    unit.emit(ApiKeyCreated(api_key=key.snapshot()))
    return IssuedKey(key, made.secret)
