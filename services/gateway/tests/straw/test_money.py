"""Wallet and deals in the Straw dialect."""

from typing import Any

import pytest

from joust_contracts.internal.common import ErrorCode, Page
from joust_contracts.internal.submissions import AgentEntry
from joust_contracts.internal.wallets import BalanceView, DealView, DepositView
from joust_contracts.vocabulary import TaskStatus
from services.gateway.tests.fakes import FakeServices
from services.gateway.tests.samples import Party, a_deal, a_task, new_id

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
