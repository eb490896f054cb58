"""Internal API of withdrawals."""

from typing import Annotated

from fastapi import APIRouter, Query, Request

from joust_contracts.internal.common import Page
from joust_contracts.internal.withdrawals import CreateWithdrawal, WithdrawalView
from joust_kit.errors import Invalid, Unauthorized
from joust_kit.http.errors import responses
from joust_kit.http.transactions import CurrentActor, Reading, TransactionalRoute, Unit
from joust_wallet.spending.errors import SpendCapExceeded
from joust_wallet.withdrawals import commands, queries
from joust_wallet.withdrawals.errors import (
    NoPayoutMethod,
    NotCovered,
    PayoutNotVerified,
    PayoutsUnavailable,
)
from joust_wallet.withdrawals.timers import SendWithdrawal, send_withdrawal

router = APIRouter(
    prefix="/internal/withdrawals", route_class=TransactionalRoute, responses=responses(Unauthorized)
)


@router.post(
    "",
    status_code=201,
    responses=responses(PayoutsUnavailable, NoPayoutMethod, PayoutNotVerified, NotCovered, SpendCapExceeded),
)
async def request_withdrawal(
    wanted: CreateWithdrawal, actor: CurrentActor, unit: Unit, request: Request
) -> WithdrawalView:
    """Take money out, to where the actor is paid."""
    withdrawal = await commands.request_withdrawal(unit, actor, wanted, request.app.state.settings)
    await unit.schedule(send_withdrawal, SendWithdrawal(withdrawal_id=withdrawal.id))
    return withdrawal.view()


@router.get("", responses=responses(Invalid))
async def list_withdrawals(
    actor: CurrentActor,
    session: Reading,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
) -> Page[WithdrawalView]:
    """List the actor's withdrawals, newest first."""
    return await queries.list_withdrawals(session, actor, limit, cursor)
