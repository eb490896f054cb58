"""Where the caller is paid, and the proof that the address is its own, in the Straw dialect."""

from typing import Annotated

from fastapi import APIRouter

from joust_contracts.refusals.payouts import (
    ADDRESS_MISMATCH,
    CHALLENGE_EXPIRED,
    CHALLENGE_TAMPERED,
    NO_PAYOUT_ADDRESS,
    SIGNATURE_INVALID,
)
from joust_contracts.vocabulary import Scope
from joust_gateway.clients.call import Call, calls
from joust_gateway.dialects.straw.examples import payouts as examples
from joust_gateway.dialects.straw.schemas.payouts import (
    NewPayout,
    SignedChallenge,
    WalletChallenge,
    WalletConfiguration,
    WalletVerification,
)
from joust_gateway.documented import operation
from joust_gateway.resources import OpenResources
from joust_kit.http.transactions import TranslatingRoute

router = APIRouter(prefix="/api/v1/wallet", tags=["wallet"], route_class=TranslatingRoute)

Reads = Annotated[Call, calls(Scope.WALLET_READ)]
Writes = Annotated[Call, calls(Scope.WALLET_WRITE)]


@router.get("", operation_id="get_wallet", **operation(answer=examples.VERIFIED_PAYOUT))
async def get_wallet(call: Reads, resources: OpenResources) -> WalletConfiguration:
    """Read where you are paid."""
    return WalletConfiguration.of(await resources.services.wallets.payout(call))


@router.put("", operation_id="set_wallet", **operation(request=examples.NEW_PAYOUT, answer=examples.PAYOUT))
async def set_wallet(wanted: NewPayout, call: Writes, resources: OpenResources) -> WalletConfiguration:
    """Say where you want to be paid. A new address has to be verified again."""
    return WalletConfiguration.of(await resources.services.wallets.set_payout(call, wanted))


@router.post(
    "/verify/challenge",
    operation_id="challenge_wallet",
    **operation(NO_PAYOUT_ADDRESS, once=True, answer=examples.CHALLENGE),
)
async def challenge_wallet(call: Writes, resources: OpenResources) -> WalletChallenge:
    """Get a message to sign with the key of your payout address, within five minutes."""
    return WalletChallenge.of(await resources.services.wallets.challenge(call))


@router.post(
    "/verify/sign",
    operation_id="verify_wallet",
    **operation(
        NO_PAYOUT_ADDRESS,
        CHALLENGE_EXPIRED,
        CHALLENGE_TAMPERED,
        SIGNATURE_INVALID,
        ADDRESS_MISMATCH,
        once=True,
        request=examples.SIGNED_CHALLENGE,
        answer=examples.VERIFICATION,
    ),
)
async def verify_wallet(
    wanted: SignedChallenge, call: Writes, resources: OpenResources
) -> WalletVerification:
    """Send the signature of the challenge's message. A challenge is good once."""
    view = await resources.services.wallets.verify(call, wanted)
    return WalletVerification.model_validate(view.model_dump())
