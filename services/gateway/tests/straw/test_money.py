"""Wallet and deals in the Straw dialect."""

from typing import Any

import pytest

from joust_contracts.internal.common import ErrorCode, Page
from joust_contracts.internal.submissions import AgentEntry
from joust_contracts.internal.wallets import BalanceView, DealView, DepositView, TransactionView
from joust_contracts.internal.withdrawals import WithdrawalView
from joust_contracts.vocabulary import PayoutMethod, TaskStatus, TransferKind, WithdrawalStatus
from services.gateway.tests.fakes import FakeServices
from services.gateway.tests.samples import NOW, Party, a_deal, a_task, new_id

DEAL_FIELDS = {
    *("id", "task_id", "company_id", "agent_id", "deal_type", "deal_value_cents", "platform_fee_cents"),
    *("created_at", "status"),
}
BALANCE = BalanceView(available_cents=100, held_cents=5, currency="eur")


def a_request(task_id: Any, agent_id: Any, **changes: Any) -> dict[str, Any]:
    body = {
        "taskId": str(task_id),
        "agentId": str(agent_id),
        "dealType": "agent_hire",
        "dealValueCents": 50_000,
    }
    return {**body, **changes}


async def test_a_deposit_is_answered_with_the_balance_after_it(poster: Party, services: FakeServices) -> None:
    view = DepositView(id=new_id(), amount_cents=100, currency="eur", balance=BALANCE)
    services.answer("wallet POST /internal/deposits", view, 201)
    answer = await poster.ask(
        "POST", "/api/v1/wallet/deposits", json={"amount_cents": 100, "currency": "eur"}
    )
    assert answer.status_code == 201
    assert answer.json()["balance"] == {"available_cents": 100, "held_cents": 5, "currency": "eur"}
    assert services.asked[0].body == {"amount_cents": 100, "currency": "eur"}


@pytest.mark.parametrize(
    "body",
    [
        {"amount_cents": 0},
        {"amount_cents": -1},
        {"amount_cents": 1.5},
        {"amount_cents": "100"},
        {"amount_cents": True},
        {"amount_cents": 10**15},
        {"amount_cents": 1, "currency": "USD"},
        {"amount_cent": 1},
        {},
    ],
)
async def test_an_amount_that_is_no_amount_is_refused(
    poster: Party, services: FakeServices, body: Any
) -> None:
    answer = await poster.ask("POST", "/api/v1/wallet/deposits", json=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "VALIDATION_ERROR")
    assert services.asked == []


async def test_the_balance_is_in_dollars_unless_asked(poster: Party, services: FakeServices) -> None:
    services.answer("wallet GET /internal/balance", BALANCE)
    assert (await poster.ask("GET", "/api/v1/wallet/balance")).json() == BALANCE.model_dump()
    await poster.ask("GET", "/api/v1/wallet/balance?currency=eur")
    assert [asked.query for asked in services.asked] == [{"currency": "usd"}, {"currency": "eur"}]


async def test_a_deal_waits_for_the_task_and_the_agents_submission(
    poster: Party, agent: Party, services: FakeServices
) -> None:
    task = a_task(poster.account_id, status=TaskStatus.CLOSED, version=3)
    entry = AgentEntry(submission_id=new_id(), account_id=agent.account_id, version=4)
    services.answer(f"task GET /internal/tasks/{task.id}", task)
    services.answer(f"submission GET /internal/tasks/{task.id}/agents/{agent.agent_id}/latest", entry)
    services.answer("wallet POST /internal/deals", a_deal(task, agent), 201)
    answer = await poster.ask("POST", "/api/v1/deals", json=a_request(task.id, agent.agent_id))
    assert answer.status_code == 201
    assert set(answer.json()) >= DEAL_FIELDS
    assert answer.json()["company_id"] == str(poster.account_id)
    (asked,) = services.asked_of("wallet")
    assert asked.headers.getall("Joust-After") == [f"{task.id}:3", f"{entry.submission_id}:4"]
    assert asked.body == {
        "task_id": str(task.id),
        "agent_id": str(agent.agent_id),
        "deal_type": "agent_hire",
        "value_cents": 50_000,
    }


async def test_whether_the_agent_handed_in_anything_is_the_wallets_to_say(
    poster: Party, services: FakeServices
) -> None:
    task = a_task(poster.account_id, status=TaskStatus.CLOSED)
    services.answer(f"task GET /internal/tasks/{task.id}", task)
    services.refuse("wallet POST /internal/deals", 409, ErrorCode.NO_SUBMISSION)
    answer = await poster.ask("POST", "/api/v1/deals", json=a_request(task.id, new_id()))
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "NO_SUBMISSION")
    assert services.asked_of("wallet")[0].headers.getall("Joust-After") == [f"{task.id}:{task.version}"]


async def test_a_deal_on_a_task_that_is_not_there_is_404(poster: Party, services: FakeServices) -> None:
    answer = await poster.ask("POST", "/api/v1/deals", json=a_request(new_id(), new_id()))
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "NOT_FOUND")
    assert services.asked_of("wallet") == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"dealValueCents": -1}, "dealValueCents"),
        ({"dealValueCents": 1.5}, "dealValueCents"),
        ({"dealType": "theft"}, "dealType"),
        ({"deal_type": "agent_hire"}, "deal_type"),
    ],
)
async def test_a_deal_that_is_not_valid_names_the_field_as_it_was_written(
    poster: Party, change: dict[str, Any], field: str
) -> None:
    answer = await poster.ask("POST", "/api/v1/deals", json=a_request(new_id(), new_id(), **change))
    assert answer.status_code == 422
    assert list(answer.json()["error"]["details"]) == [field]


async def test_a_deal_with_a_malformed_id_says_so(poster: Party) -> None:
    answer = await poster.ask("POST", "/api/v1/deals", json=a_request("7", new_id()))
    assert answer.status_code == 422
    assert list(answer.json()["error"]["details"]) == ["taskId"]


async def test_deals_are_listed_in_the_documented_page(
    poster: Party, agent: Party, services: FakeServices
) -> None:
    deal = a_deal(a_task(poster.account_id), agent)
    services.answer("wallet GET /internal/deals", Page[DealView](data=(deal,), next_cursor="n"))
    listed = (await poster.ask("GET", "/api/v1/deals?limit=1&cursor=c")).json()
    assert set(listed["data"][0]) >= DEAL_FIELDS
    assert listed["pagination"] == {"has_more": True, "next_cursor": "n"}
    assert services.asked[0].query == {"limit": "1", "cursor": "c"}


async def test_the_balance_of_a_moment_is_asked_for_in_utc(poster: Party, services: FakeServices) -> None:
    services.answer("wallet GET /internal/balance", BALANCE)
    await poster.ask("GET", "/api/v1/wallet/balance", params={"at": "2026-11-22T20:28:32+01:00"})
    assert services.asked[0].query == {"currency": "usd", "at": "2026-11-22T19:28:32.000Z"}


@pytest.mark.parametrize("at", ["yesterday", "2026-11-22T20:28:32", "1795375800", ""])
async def test_a_moment_that_is_none_is_refused(poster: Party, services: FakeServices, at: str) -> None:
    answer = await poster.ask("GET", "/api/v1/wallet/balance", params={"at": at})
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "VALIDATION_ERROR")
    assert services.asked == []


async def test_transactions_are_listed_by_pages_in_a_currency(poster: Party, services: FakeServices) -> None:
    line = TransactionView(
        id=new_id(),
        account="held",
        amount_cents=-5,
        balance_after_cents=0,
        currency="eur",
        kind=TransferKind.ESCROW_PAYOUT,
        cause_id=new_id(),
        created_at=NOW,
    )
    services.answer("wallet GET /internal/transactions", Page[TransactionView](data=(line,), next_cursor="n"))
    asked = {"currency": "eur", "limit": "1", "cursor": "c"}
    answer = await poster.ask("GET", "/api/v1/wallet/transactions", params=asked)
    assert answer.json() == {
        "data": [line.model_dump(mode="json")],
        "pagination": {"has_more": True, "next_cursor": "n"},
    }
    assert services.asked[0].query == asked


A_WITHDRAWAL = WithdrawalView(
    id=new_id(),
    amount_cents=100,
    currency="usd",
    status=WithdrawalStatus.PENDING,
    payout_method=PayoutMethod.STRIPE_USD,
    payout_address="acct_1",
    payout_chain=None,
    attempts=0,
    provider_reference=None,
    failure_reason=None,
    created_at=NOW,
    ended_at=None,
)


async def test_a_withdrawal_is_asked_for_and_listed(agent: Party, services: FakeServices) -> None:
    services.answer("wallet POST /internal/withdrawals", A_WITHDRAWAL, 201)
    services.answer(
        "wallet GET /internal/withdrawals", Page[WithdrawalView](data=(A_WITHDRAWAL,), next_cursor=None)
    )
    made = await agent.ask("POST", "/api/v1/wallet/withdrawals", json={"amount_cents": 100})
    assert (made.status_code, made.json()) == (201, A_WITHDRAWAL.model_dump(mode="json"))
    listed = await agent.ask("GET", "/api/v1/wallet/withdrawals")
    assert listed.json()["data"] == [made.json()]
    assert services.asked[0].body == {"amount_cents": 100, "currency": "usd"}


@pytest.mark.parametrize(
    "code", [ErrorCode.INSUFFICIENT_FUNDS, ErrorCode.NO_PAYOUT_METHOD, ErrorCode.PAYOUT_NOT_VERIFIED]
)
async def test_a_refused_withdrawal_keeps_its_code(
    agent: Party, services: FakeServices, code: ErrorCode
) -> None:
    services.refuse("wallet POST /internal/withdrawals", 409, code)
    answer = await agent.ask("POST", "/api/v1/wallet/withdrawals", json={"amount_cents": 100})
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, code)
