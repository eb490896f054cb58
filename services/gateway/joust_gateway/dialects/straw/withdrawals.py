"""Money out, in the Straw dialect."""

from typing import Annotated

from fastapi import APIRouter, Query

from joust_contracts.refusals.spending import SPEND_CAP_EXCEEDED
from joust_contracts.refusals.withdrawals import (
    INSUFFICIENT_FUNDS,
    NO_PAYOUT_METHOD,
    PAYOUT_NOT_VERIFIED,
    PAYOUTS_UNAVAILABLE,
)
from joust_contracts.vocabulary import Scope
from joust_gateway.clients.call import Call, calls
from joust_gateway.dialects.straw.examples import money as examples
from joust_gateway.dialects.straw.schemas.common import Listing
from joust_gateway.dialects.straw.schemas.money import PageQuery
from joust_gateway.dialects.straw.schemas.withdrawals import NewWithdrawal, Withdrawal
from joust_gateway.documented import operation
from joust_gateway.limits import Limit, limited
from joust_gateway.resources import OpenResources
from joust_kit.http.transactions import TranslatingRoute

router = APIRouter(prefix="/api/v1/wallet/withdrawals", tags=["wallet"], route_class=TranslatingRoute)


@router.post(
    "",
    operation_id="create_withdrawal",
    dependencies=[limited(Limit.MUTATIONS)],
    **operation(
        INSUFFICIENT_FUNDS,
        NO_PAYOUT_METHOD,
        PAYOUT_NOT_VERIFIED,
        PAYOUTS_UNAVAILABLE,
        SPEND_CAP_EXCEEDED,
        once=True,
        status=201,
        request=examples.NEW_WITHDRAWAL,
        answer=examples.PENDING_WITHDRAWAL,
    ),
)
async def create_withdrawal(
    wanted: NewWithdrawal, call: Annotated[Call, calls(Scope.WALLET_WRITE)], resources: OpenResources
) -> Withdrawal:
    """Take money out. It is held until the payout provider has paid it, or you have it again."""
    return Withdrawal.of(await resources.services.wallets.withdraw(call, wanted))


@router.get("", operation_id="list_withdrawals", **operation(answer=examples.WITHDRAWALS))
async def list_withdrawals(
    wanted: Annotated[PageQuery, Query()],
    call: Annotated[Call, calls(Scope.WALLET_READ)],
    resources: OpenResources,
) -> Listing[Withdrawal]:
    """List what you took out, and how each ended, newest first."""
    page = await resources.services.wallets.list_withdrawals(call, wanted.limit, wanted.cursor)
    return Listing.of(tuple(map(Withdrawal.of, page.data)), page.next_cursor)
