"""What can be done to payout configurations, in the caller's transaction, which the edge commits."""

import secrets

from joust_contracts.internal.payouts import ChallengeView, PayoutView, SetPayout, SignChallenge
from joust_kit.database.unit_of_work import UnitOfWork
from joust_kit.identity import Actor
from joust_wallet.payouts import repository, signatures
from joust_wallet.payouts.errors import AddressMismatch, ChallengeExpired, NoPayoutAddress
from joust_wallet.payouts.models import PayoutConfiguration
from joust_wallet.payouts.queries import view_of
from joust_wallet.payouts.rules import (
    Challenge,
    Payout,
    check_challenge,
    check_payout,
    checked_signature,
)

_NONCE_BYTES = 16


async def set_payout(unit: UnitOfWork, actor: Actor, wanted: SetPayout) -> PayoutView:
    """Say where to be paid. Another method, address or chain has to be proved anew.

    Raises ``UnacceptablePayout``.
    """
    payout = Payout(wanted.payout_method, wanted.payout_address, wanted.payout_chain)
    check_payout(payout)
    first = PayoutConfiguration(account_id=actor.account_id, updated_at=unit.now, **wanted.model_dump())
    if await repository.add(unit.session, first):
        return view_of(first)
    configuration = await repository.lock(unit.session, actor.account_id)
    assert configuration is not None  # noqa: S101 - configurations are never removed
    configuration.change_to(payout, unit.now)
    return view_of(configuration)


async def issue_challenge(unit: UnitOfWork, actor: Actor, key: bytes) -> ChallengeView:
    """A challenge for the actor's present address. Nothing of it is kept. Raises ``NoPayoutAddress``."""
    configuration = await repository.find(unit.session, actor.account_id)
    ts = int(unit.now.timestamp() * 1000)
    challenge = _challenge(configuration, secrets.token_hex(_NONCE_BYTES), ts)
    return ChallengeView(
        nonce=challenge.nonce, ts=challenge.ts, sig=challenge.sig(key), message=challenge.message()
    )


async def verify(unit: UnitOfWork, actor: Actor, wanted: SignChallenge, key: bytes) -> PayoutView:
    """Note that the actor has proved to own its address.

    Raises ``NoPayoutAddress``, ``ChallengeTampered``, ``ChallengeExpired``, ``SignatureInvalid`` or
    ``AddressMismatch``.
    """
    signature = checked_signature(wanted.signature)
    await signatures.load()
    configuration = await repository.lock(unit.session, actor.account_id)
    challenge = _challenge(configuration, wanted.nonce, wanted.ts)
    check_challenge(challenge, wanted.sig, key, unit.now)
    signer = await signatures.signer_of(challenge.message(), signature)
    if signer.lower() != challenge.address.lower():
        raise AddressMismatch()
    await repository.forget_challenges(unit.session, actor.account_id, unit.now)
    if not await repository.use_challenge(unit.session, challenge):
        raise ChallengeExpired()
    assert configuration is not None  # noqa: S101 - there is a challenge
    configuration.wallet_verified_at = unit.now
    return view_of(configuration)


def _challenge(configuration: PayoutConfiguration | None, nonce: str, ts: int) -> Challenge:
    if configuration is None or configuration.payout_chain is None:
        raise NoPayoutAddress()
    return Challenge(
        configuration.account_id, configuration.payout_address, configuration.payout_chain, nonce, ts
    )
