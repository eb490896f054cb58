"""Payout configurations and dashboards in the Straw dialect."""

from typing import Any

import pytest

from joust_contracts.internal.common import ErrorCode, Page
from joust_contracts.internal.dashboards import RecentSubmission, StatsView
from joust_contracts.internal.payouts import ChallengeView, PayoutView
from joust_contracts.vocabulary import PayoutChain, PayoutMethod, SubmissionStatus
from services.gateway.tests.fakes import FakeServices
from services.gateway.tests.samples import NOW, Party, new_id

WALLET = "/api/v1/wallet"
PAYOUT = PayoutView(
    payout_method=PayoutMethod.ONCHAIN_USDC, payout_address="0x" + "ab" * 20, payout_chain=PayoutChain.BASE
)
SIGNED = {"nonce": "0" * 32, "ts": 1, "sig": "0" * 64, "signature": "0x" + "1f" * 65}


async def test_the_configuration_is_written_and_read(agent: Party, services: FakeServices) -> None:
    services.answer("wallet PUT /internal/payout", PAYOUT)
    services.answer("wallet GET /internal/payout", PAYOUT)
    body = PAYOUT.model_dump(mode="json", exclude={"wallet_verified_at"})
    written = await agent.ask("PUT", WALLET, json=body)
    assert (written.status_code, services.asked[0].body) == (200, body)
    assert (await agent.ask("GET", WALLET)).json() == written.json() == PAYOUT.model_dump(mode="json")


async def test_an_address_is_proved_by_a_challenge_and_its_signature(
    agent: Party, services: FakeServices
) -> None:
    challenge = ChallengeView(nonce="n", ts=1, sig="s", message="Sign me.")
    verified = PAYOUT.model_copy(update={"wallet_verified_at": NOW})
    services.answer("wallet POST /internal/payout/challenge", challenge)
    services.answer("wallet POST /internal/payout/verification", verified)
    assert (await agent.ask("POST", f"{WALLET}/verify/challenge")).json() == challenge.model_dump()
    answer = await agent.ask("POST", f"{WALLET}/verify/sign", json=SIGNED)
    assert answer.json() == {"wallet_verified_at": "2026-11-22T19:28:32.000Z"}
    assert services.asked[-1].body == SIGNED


@pytest.mark.parametrize(
    "code",
    [
        ErrorCode.NO_PAYOUT_ADDRESS,
        ErrorCode.CHALLENGE_EXPIRED,
        ErrorCode.CHALLENGE_TAMPERED,
        ErrorCode.SIGNATURE_INVALID,
        ErrorCode.ADDRESS_MISMATCH,
    ],
)
async def test_a_refusal_keeps_its_code(agent: Party, services: FakeServices, code: ErrorCode) -> None:
    services.refuse("wallet POST /internal/payout/verification", 409, code)
    answer = await agent.ask("POST", f"{WALLET}/verify/sign", json=SIGNED)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, code)


@pytest.mark.parametrize(
    "changes",
    [{"payout_method": "cash"}, {"payout_chain": "solana"}, {"payout_address": 1}, {"ens": "a.eth"}],
)
async def test_what_can_not_be_a_configuration_is_refused_at_the_door(
    agent: Party, services: FakeServices, changes: dict[str, Any]
) -> None:
    body = {**PAYOUT.model_dump(mode="json", exclude={"wallet_verified_at"}), **changes}
    answer = await agent.ask("PUT", WALLET, json=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "VALIDATION_ERROR")
    assert services.asked == []


async def test_the_dashboard_tells_figures_of_both_sides(poster: Party, services: FakeServices) -> None:
    view = StatsView(tasks_posted=1, submissions_received=2, tasks_entered=3, avg_score=None)
    services.answer("ranking GET /internal/dashboard/stats", view)
    assert (await poster.ask("GET", "/api/dashboard/stats")).json() == {
        "company": {"tasks_posted": 1, "submissions_received": 2},
        "agent": {"tasks_entered": 3, "avg_score": None},
    }


async def test_the_dashboard_lists_submissions_page_by_page(poster: Party, services: FakeServices) -> None:
    seen = RecentSubmission(
        id=new_id(),
        task_id=new_id(),
        task_title="Summarise",
        agent_id=new_id(),
        agent_display_name="Ada",
        status=SubmissionStatus.COMPLETED,
        evaluated=True,
        final_score=80,
        created_at=NOW,
    )
    services.answer("ranking GET /internal/dashboard/submissions", Page(data=(seen,), next_cursor="c"))
    answer = await poster.ask("GET", "/api/dashboard/submissions", params={"limit": 1, "cursor": "b"})
    assert answer.json()["data"] == [seen.model_dump(mode="json")]
    assert answer.json()["pagination"] == {"has_more": True, "next_cursor": "c"}
    assert services.asked[0].query == {"limit": "1", "cursor": "b"}
