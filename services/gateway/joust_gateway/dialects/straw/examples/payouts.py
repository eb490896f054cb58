"""Examples of payout configurations."""

from typing import Any

Example = dict[str, Any]

_ADDRESS = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
_VERIFIED_AT = "2026-11-22T19:30:00.000Z"

NEW_PAYOUT: Example = {
    "payout_method": "onchain_usdc",
    "payout_address": _ADDRESS,
    "payout_chain": "base",
}

PAYOUT: Example = {**NEW_PAYOUT, "wallet_verified_at": None}

VERIFIED_PAYOUT: Example = {**NEW_PAYOUT, "wallet_verified_at": _VERIFIED_AT}

CHALLENGE: Example = {
    "nonce": "8f14e45fceea167a5a36dedd4bea2543",
    "ts": 1795375800000,
    "sig": "9b74c9897bac770ffc029102a200c5de3cf6e0e0e1c0e7d5a6f9f35ba2a4c4d1",
    "message": (
        "Joust: prove that this payout address is yours.\n\n"
        f"Address: {_ADDRESS}\nChain: base (8453)\n"
        "Account: 0190f5fe-7c00-7a00-8000-000000000002\nNonce: 8f14e45fceea167a5a36dedd4bea2543\n"
        "Expires: 2026-11-22T19:35:00.000Z\n\nSigning this moves no money."
    ),
}

SIGNED_CHALLENGE: Example = {
    **{name: CHALLENGE[name] for name in ("nonce", "ts", "sig")},
    "signature": "0x" + "1f" * 64 + "1b",
}

VERIFICATION: Example = {"wallet_verified_at": _VERIFIED_AT}
