"""Money out over the public API: paid once, or given back; and the lines that tell of it."""

from typing import Any

from joust_embedded.bounty.client import Party
from joust_embedded.stack import Stack
from tests.support import checkers
from tests.support.arena import Arena, eventually
from tests.support.commands import printed_by


async def withdrawn(party: Party, cents: int, account: str) -> dict[str, Any]:
    """A withdrawal to an external account, as it ended."""
    payout = {"payout_method": "stripe_usd", "payout_address": account}
    (await party.http.put("/api/v1/wallet", json=payout)).raise_for_status()
    made = await party.post("/api/v1/wallet/withdrawals", {"amount_cents": cents})
    found: list[dict[str, Any]] = []

    async def is_over() -> bool:
        listed = await party.get("/api/v1/wallet/withdrawals")
        found[:] = [each for each in listed["data"] if each["id"] == made["id"]]
        return found[0]["ended_at"] is not None

    await eventually(is_over)
    return found[0]


async def test_one_is_paid_and_one_comes_back_and_the_lines_say_so(arena: Arena, stack: Stack) -> None:
    saver = await arena.sign_up("Saver", cents=1000)
    paid = await withdrawn(saver, 300, "acct_1")
    refused = await withdrawn(saver, 200, "acct_refused")
    assert (paid["status"], refused["status"]) == ("paid", "failed")
    assert refused["failure_reason"]
    balance = await saver.balance()
    assert (balance["available_cents"], balance["held_cents"]) == (700, 0)
    lines = (await saver.get("/api/v1/wallet/transactions"))["data"]
    assert sum(line["amount_cents"] for line in lines) == 700
    kinds = {line["kind"] for line in lines if line["cause_id"] in {paid["id"], refused["id"]}}
    assert kinds == {"withdrawal", "withdrawal_payout", "withdrawal_reversal"}
    await checkers.ledger_adds_up(stack)


async def test_the_journal_of_a_running_wallet_is_verified_by_a_command(arena: Arena, stack: Stack) -> None:
    await arena.sign_up("Saver", cents=1000)
    assert (await printed_by(stack, "wallet", "verify")).startswith("verified ")
