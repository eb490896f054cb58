"""Internal API of balances and of what made them."""

from typing import Annotated

from fastapi import APIRouter, Query

from joust_contracts.base import Currency, UtcDatetime
from joust_contracts.internal.common import Page
from joust_contracts.internal.wallets import BalanceView, TransactionView
from joust_kit.errors import Invalid, Unauthorized
from joust_kit.http.errors import responses
from joust_kit.http.transactions import CurrentActor, Reading, TransactionalRoute
from joust_wallet.ledger import queries

router = APIRouter(prefix="/internal", route_class=TransactionalRoute, responses=responses(Unauthorized))

InCurrency = Annotated[Currency, Query()]


@router.get("/balance")
async def get_balance(
    actor: CurrentActor,
    session: Reading,
    currency: InCurrency = "usd",
    at: Annotated[UtcDatetime | None, Query()] = None,
) -> BalanceView:
    """The actor's own balance in one currency, now or at a moment."""
    if at is not None:
        return await queries.get_past_balance(session, actor.account_id, currency, at)
    return await queries.get_balance(session, actor.account_id, currency)


@router.get("/transactions", responses=responses(Invalid))
async def list_transactions(
    actor: CurrentActor,
    session: Reading,
    currency: InCurrency = "usd",
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
) -> Page[TransactionView]:
    """List the actor's own lines of the ledger in one currency, newest first."""
    return await queries.list_transactions(session, actor.account_id, currency, limit, cursor)
