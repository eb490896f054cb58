"""Internal API of balances."""

from typing import Annotated

from fastapi import APIRouter, Query

from joust_contracts.base import Currency
from joust_contracts.internal.wallets import BalanceView
from joust_kit.errors import Unauthorized
from joust_kit.http.errors import responses
from joust_kit.http.transactions import CurrentActor, Reading, TransactionalRoute
from joust_wallet.ledger import queries

router = APIRouter(
    prefix="/internal/balance", route_class=TransactionalRoute, responses=responses(Unauthorized)
)


@router.get("")
async def get_balance(
    actor: CurrentActor, session: Reading, currency: Annotated[Currency, Query()] = "usd"
) -> BalanceView:
    """The actor's own balance in one currency."""
    return await queries.get_balance(session, actor.account_id, currency)
