"""Internal API of deposits."""

from fastapi import APIRouter, Request

from joust_contracts.internal.wallets import CreateDeposit, DepositView
from joust_kit.errors import Unauthorized
from joust_kit.http.errors import responses
from joust_kit.http.transactions import CurrentActor, TransactionalRoute, Unit
from joust_wallet.deposits import commands
from joust_wallet.deposits.errors import FundingUnavailable

router = APIRouter(
    prefix="/internal/deposits", route_class=TransactionalRoute, responses=responses(Unauthorized)
)


@router.post("", status_code=201, responses=responses(FundingUnavailable))
async def make_deposit(
    wanted: CreateDeposit, actor: CurrentActor, unit: Unit, request: Request
) -> DepositView:
    """Credit the actor through the funding provider."""
    return await commands.make_deposit(unit, actor, wanted, request.app.state.settings)
