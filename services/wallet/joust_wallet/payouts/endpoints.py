"""Internal API of payout configurations."""

from fastapi import APIRouter, Request

from joust_contracts.internal.payouts import ChallengeView, PayoutView, SetPayout, SignChallenge
from joust_kit.errors import Unauthorized
from joust_kit.http.errors import responses
from joust_kit.http.transactions import CurrentActor, Reading, TransactionalRoute, Unit
from joust_wallet.payouts import commands, queries
from joust_wallet.payouts.errors import (
    AddressMismatch,
    ChallengeExpired,
    ChallengeTampered,
    NoPayoutAddress,
    SignatureInvalid,
    UnacceptablePayout,
)

router = APIRouter(
    prefix="/internal/payout", route_class=TransactionalRoute, responses=responses(Unauthorized)
)


@router.get("")
async def get_payout(actor: CurrentActor, session: Reading) -> PayoutView:
    """Read where the actor wants to be paid."""
    return await queries.get_payout(session, actor)


@router.put("", responses=responses(UnacceptablePayout))
async def set_payout(wanted: SetPayout, actor: CurrentActor, unit: Unit) -> PayoutView:
    """Say where the actor wants to be paid."""
    return await commands.set_payout(unit, actor, wanted)


@router.post("/challenge", responses=responses(NoPayoutAddress))
async def issue_challenge(actor: CurrentActor, unit: Unit, request: Request) -> ChallengeView:
    """Give out what the owner of the address is to sign."""
    return await commands.issue_challenge(unit, actor, request.app.state.settings.challenge_secret)


@router.post(
    "/verification",
    responses=responses(
        NoPayoutAddress, ChallengeExpired, ChallengeTampered, SignatureInvalid, AddressMismatch
    ),
)
async def verify(wanted: SignChallenge, actor: CurrentActor, unit: Unit, request: Request) -> PayoutView:
    """Take the proof that the address is the actor's."""
    return await commands.verify(unit, actor, wanted, request.app.state.settings.challenge_secret)
