"""Where one can be paid, and which signatures have the one accepted form."""

import pytest

from joust_contracts.vocabulary import PayoutChain, PayoutMethod
from joust_wallet.payouts.errors import SignatureInvalid, UnacceptablePayout
from joust_wallet.payouts.rules import Payout, check_payout, checked_signature

ADDRESS = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
ONCHAIN, STRIPE = PayoutMethod.ONCHAIN_USDC, PayoutMethod.STRIPE_USD
BASE = PayoutChain.BASE


@pytest.mark.parametrize("address", [ADDRESS, ADDRESS.lower(), "0x" + ADDRESS[2:].upper()])
def test_an_address_is_taken_in_one_case_or_with_its_checksum(address: str) -> None:
    check_payout(Payout(ONCHAIN, address, BASE))


@pytest.mark.parametrize("method", [each for each in PayoutMethod if each is not ONCHAIN])
def test_an_external_account_is_an_id_without_a_chain(method: PayoutMethod) -> None:
    check_payout(Payout(method, "acct_1-2.3@x", None))


@pytest.mark.parametrize(
    ("payout", "fields"),
    [
        (Payout(ONCHAIN, ADDRESS, None), {"payout_chain"}),
        (Payout(ONCHAIN, ADDRESS.replace("5aA", "5AA"), BASE), {"payout_address"}),
        (Payout(ONCHAIN, "0x" + "0" * 40, BASE), {"payout_address"}),
        (Payout(ONCHAIN, ADDRESS[:-1], BASE), {"payout_address"}),
        (Payout(ONCHAIN, ADDRESS + "0", BASE), {"payout_address"}),
        (Payout(ONCHAIN, ADDRESS[2:], BASE), {"payout_address"}),
        (Payout(ONCHAIN, ADDRESS + "\n", BASE), {"payout_address"}),
        (Payout(ONCHAIN, "0x" + "１" * 40, None), {"payout_address", "payout_chain"}),
        (Payout(STRIPE, "acct 1", None), {"payout_address"}),
        (Payout(STRIPE, "a\n", None), {"payout_address"}),
        (Payout(STRIPE, "", None), {"payout_address"}),
        (Payout(STRIPE, "x" * 201, None), {"payout_address"}),
        (Payout(STRIPE, "acct_1", BASE), {"payout_chain"}),
    ],
)
def test_what_does_not_fit_together_is_refused_field_by_field(payout: Payout, fields: set[str]) -> None:
    with pytest.raises(UnacceptablePayout) as refused:
        check_payout(payout)
    assert set(refused.value.details) == fields


def signature(r: int, s: int, v: int) -> str:
    return "0x" + (r.to_bytes(32) + s.to_bytes(32) + bytes([v])).hex()


@pytest.mark.parametrize("v", [27, 28])
def test_a_signature_in_the_accepted_form_is_its_bytes(v: int) -> None:
    assert len(checked_signature(signature(1, ORDER // 2, v))) == 65


@pytest.mark.parametrize(
    "text",
    [
        signature(1, ORDER // 2 + 1, 27),
        signature(1, ORDER - 1, 28),
        signature(0, 1, 27),
        signature(ORDER, 1, 27),
        signature(1, 0, 27),
        *(signature(1, 1, v) for v in (0, 1, 26, 29, 37, 255)),
        *("", "0x", signature(1, 1, 27)[2:], signature(1, 1, 27)[:-2], signature(1, 1, 27) + "00"),
        "0x" + "g" * 130,
        signature(1, 1, 27) + "\n",
    ],
)
def test_any_other_form_is_refused(text: str) -> None:
    with pytest.raises(SignatureInvalid):
        checked_signature(text)
