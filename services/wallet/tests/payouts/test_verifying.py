"""The proof of an address: whoever has its key, within five minutes, once; and nobody else, ever."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx2
import pytest

from joust_kit.identity import Actor
from joust_kit.testing.component import ServiceUnderTest, an_actor
from joust_wallet.payouts.ethereum import Account, LocalAccount, encode_defunct

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


@dataclass(frozen=True)
class Payee:
    """An account with the key of an address."""

    wallet: ServiceUnderTest
    actor: Actor = field(default_factory=an_actor)
    key: LocalAccount = field(default_factory=Account.create)

    async def ask(self, method: str, path: str, body: Any = None, **headers: str) -> httpx2.Response:
        as_actor = self.wallet.as_actor(self.actor, **headers)
        return await self.wallet.http.request(method, f"/internal/payout{path}", json=body, headers=as_actor)

    async def set(self, **changes: Any) -> dict[str, Any]:
        """Say where to be paid: at the address, on base."""
        body = {"payout_method": "onchain_usdc", "payout_address": self.key.address, "payout_chain": "base"}
        answer = await self.ask("PUT", "", {**body, **changes})
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def challenge(self) -> dict[str, Any]:
        answer = await self.ask("POST", "/challenge")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def verify(
        self, challenge: dict[str, Any], signature: str | None = None, **changes: Any
    ) -> httpx2.Response:
        """Send a challenge back, signed with the key unless a signature is given."""
        body = {name: challenge[name] for name in ("nonce", "ts", "sig")}
        signed = signature or sign(self.key, challenge["message"])
        return await self.ask("POST", "/verification", {**body, "signature": signed, **changes})

    async def verified_at(self) -> str | None:
        at: str | None = (await self.ask("GET", "")).json()["wallet_verified_at"]
        return at


def sign(key: LocalAccount, message: str) -> str:
    return "0x" + bytes(key.sign_message(encode_defunct(text=message)).signature).hex()


def with_high_s(signature: str) -> str:
    """The other signature that fits the same message and key."""
    content = bytes.fromhex(signature[2:])
    s = ORDER - int.from_bytes(content[32:64])
    return "0x" + (content[:32] + s.to_bytes(32) + bytes([55 - content[64]])).hex()


def code_of(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


@pytest.fixture
def payee(wallet: ServiceUnderTest) -> Payee:
    return Payee(wallet)


async def test_nothing_is_configured_at_first(payee: Payee) -> None:
    nothing = dict.fromkeys(("payout_method", "payout_address", "payout_chain", "wallet_verified_at"))
    assert (await payee.ask("GET", "")).json() == nothing


async def test_the_owner_of_the_address_is_verified(payee: Payee) -> None:
    await payee.set()
    challenge = await payee.challenge()
    assert payee.key.address in challenge["message"]
    answer = await payee.verify(challenge)
    assert answer.status_code == 200, answer.text
    assert answer.json()["wallet_verified_at"] == await payee.verified_at() is not None


async def test_an_address_in_small_letters_is_the_same_address(payee: Payee) -> None:
    await payee.set(payout_address=payee.key.address.lower())
    assert (await payee.verify(await payee.challenge())).status_code == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"payout_chain": "optimism"},
        {"payout_address": "0x" + "ab" * 20},
        {"payout_method": "stripe_usd", "payout_address": "acct_1", "payout_chain": None},
    ],
)
async def test_a_change_has_to_be_proved_anew_and_the_same_again_has_not(
    payee: Payee, changes: dict[str, Any]
) -> None:
    await payee.set()
    await payee.verify(await payee.challenge())
    assert (await payee.set())["wallet_verified_at"] is not None
    assert (await payee.set(**changes))["wallet_verified_at"] is None
    assert (await payee.set())["wallet_verified_at"] is None


@pytest.mark.parametrize("configured", [False, True])
async def test_without_an_address_there_is_nothing_to_prove(payee: Payee, configured: bool) -> None:
    if configured:
        await payee.set(payout_method="coinbase_commerce", payout_address="m_1", payout_chain=None)
    assert code_of(await payee.ask("POST", "/challenge")) == (409, "NO_PAYOUT_ADDRESS")
    forged = {"nonce": "0" * 32, "ts": 0, "sig": "0" * 64, "message": "x"}
    assert code_of(await payee.verify(forged)) == (409, "NO_PAYOUT_ADDRESS")


async def test_a_challenge_is_good_once(payee: Payee) -> None:
    await payee.set()
    challenge = await payee.challenge()
    assert (await payee.verify(challenge)).status_code == 200
    assert code_of(await payee.verify(challenge)) == (409, "CHALLENGE_EXPIRED")


async def test_of_many_who_send_it_at_once_one_is_verified(payee: Payee) -> None:
    await payee.set()
    challenge = await payee.challenge()
    answers = await asyncio.gather(*(payee.verify(challenge) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 7


async def test_a_used_challenge_stays_used_however_the_address_changes(payee: Payee) -> None:
    await payee.set()
    challenge = await payee.challenge()
    await payee.verify(challenge)
    await payee.set(payout_chain="mainnet")
    await payee.set()
    assert code_of(await payee.verify(challenge)) == (409, "CHALLENGE_EXPIRED")
    assert await payee.verified_at() is None


async def test_after_five_minutes_it_is_too_late(payee: Payee) -> None:
    await payee.set()
    challenge = await payee.challenge()
    with payee.wallet.clock.ahead(timedelta(minutes=4, seconds=50)):
        late = await payee.challenge()
    with payee.wallet.clock.ahead(timedelta(minutes=5, seconds=1)):
        assert code_of(await payee.verify(challenge)) == (409, "CHALLENGE_EXPIRED")
        assert (await payee.verify(late)).status_code == 200


@pytest.mark.parametrize(
    "changes",
    [{"nonce": "0" * 32}, {"ts": 2**43}, {"ts": 0}, {"sig": "0" * 64}],
    ids=lambda changes: next(iter(changes)),
)
async def test_what_was_changed_about_a_challenge_is_noticed(payee: Payee, changes: dict[str, Any]) -> None:
    await payee.set()
    challenge = await payee.challenge()
    assert code_of(await payee.verify(challenge, **changes)) == (409, "CHALLENGE_TAMPERED")


async def test_the_challenge_of_another_account_with_the_same_address_is_none(payee: Payee) -> None:
    other = Payee(payee.wallet, key=payee.key)
    await payee.set()
    await other.set()
    assert code_of(await payee.verify(await other.challenge())) == (409, "CHALLENGE_TAMPERED")


@pytest.mark.parametrize("changes", [{"payout_chain": "arbitrum"}, {"payout_address": "0x" + "ab" * 20}])
async def test_a_challenge_for_another_chain_or_address_is_none(
    payee: Payee, changes: dict[str, Any]
) -> None:
    await payee.set()
    challenge = await payee.challenge()
    await payee.set(**changes)
    assert code_of(await payee.verify(challenge)) == (409, "CHALLENGE_TAMPERED")


async def test_who_has_another_key_is_refused(payee: Payee) -> None:
    await payee.set()
    challenge = await payee.challenge()
    other = sign(Account.create(), challenge["message"])
    assert code_of(await payee.verify(challenge, other)) == (409, "ADDRESS_MISMATCH")


@pytest.mark.parametrize(
    ("told", "signed"), [("base (8453)", "mainnet (1)"), ("Joust", "Evil"), ("Nonce: ", "Nonce:")]
)
async def test_who_signs_another_message_is_refused(payee: Payee, told: str, signed: str) -> None:
    await payee.set()
    challenge = await payee.challenge()
    assert told in challenge["message"]
    signature = sign(payee.key, challenge["message"].replace(told, signed))
    assert code_of(await payee.verify(challenge, signature)) == (409, "ADDRESS_MISMATCH")


async def test_the_second_signature_that_fits_is_refused(payee: Payee) -> None:
    await payee.set()
    challenge = await payee.challenge()
    signature = sign(payee.key, challenge["message"])
    assert code_of(await payee.verify(challenge, with_high_s(signature))) == (409, "SIGNATURE_INVALID")
    assert (await payee.verify(challenge, signature)).status_code == 200
    assert code_of(await payee.verify(challenge, with_high_s(signature))) == (409, "SIGNATURE_INVALID")


@pytest.mark.parametrize(
    "signature", ["0x", "0x" + "00" * 65, "0x" + "11" * 32 + "00" * 32 + "1b", "nonsense"]
)
async def test_what_is_no_signature_is_refused(payee: Payee, signature: str) -> None:
    await payee.set()
    assert code_of(await payee.verify(await payee.challenge(), signature)) == (409, "SIGNATURE_INVALID")


@pytest.mark.parametrize(
    "changes",
    [
        {"nonce": "x"},
        {"nonce": "\0" * 32},
        {"ts": -1},
        {"ts": 10**300},
        {"ts": "1"},
        {"sig": "é"},
    ],
)
async def test_what_can_not_be_a_challenge_is_refused(payee: Payee, changes: dict[str, Any]) -> None:
    await payee.set()
    assert code_of(await payee.verify(await payee.challenge(), **changes)) == (422, "VALIDATION_ERROR")


async def test_what_was_used_is_forgotten_once_it_has_expired(payee: Payee) -> None:
    from sqlalchemy import func, select

    from joust_wallet.payouts.models import UsedChallenge

    async def kept() -> int:
        async with payee.wallet.database.reading() as session:
            query = select(func.count()).where(UsedChallenge.account_id == payee.actor.account_id)
            return int(await session.scalar(query))

    await payee.set()
    for hours in range(3):
        with payee.wallet.clock.ahead(timedelta(hours=hours)):
            await payee.verify(await payee.challenge())
    assert await kept() == 1


async def test_accounts_share_nothing(payee: Payee) -> None:
    other = Payee(payee.wallet)
    await payee.set()
    await other.set()
    await payee.verify(await payee.challenge())
    assert await other.verified_at() is None
    assert datetime.fromisoformat(str(await payee.verified_at())).tzinfo is not None


async def test_two_first_configurations_at_once_leave_one(payee: Payee) -> None:
    chains = ["base", "optimism", "arbitrum", "mainnet"] * 2
    await asyncio.gather(*(payee.set(payout_chain=chain) for chain in chains))
    assert (await payee.ask("GET", "")).json()["payout_chain"] in chains
