"""Tasks with escrow in the Straw dialect: publishing waits for the wallet, and reading tells where the money is."""

from typing import Any

import pytest

from joust_contracts.internal.budgets import BudgetView
from joust_contracts.vocabulary import BudgetStatus, RejectionReason, TaskStatus
from joust_kit.testing.component import ServiceUnderTest
from services.gateway.tests.conftest import OpenGateway
from services.gateway.tests.fakes import FakeServices
from services.gateway.tests.samples import Party, a_task, sign_up

EXTRA = {"escrow", "shares", "budget"}


@pytest.fixture(scope="session")
async def hasty(open_gateway: OpenGateway) -> ServiceUnderTest:
    """A gateway that waits for no outcome."""
    return await open_gateway(outcome_wait_seconds=0.05)


def a_budget(status: BudgetStatus, **changes: Any) -> BudgetView:
    return BudgetView(status=status, amount_cents=50_000, currency="usd", **changes)


async def test_publishing_waits_for_the_wallet_and_no_longer_than_it_may(
    hasty: ServiceUnderTest, services: FakeServices
) -> None:
    owner = await sign_up(hasty)
    draft = a_task(
        owner.account_id, status=TaskStatus.DRAFT, published_at=None, escrow=True, shares=(10_000,)
    )
    path = f"/internal/tasks/{draft.id}"
    services.answer(f"task POST {path}/publish", draft)
    services.answer(f"task GET {path}/budget", a_budget(BudgetStatus.PENDING))
    waiting = await owner.ask("POST", f"/api/v1/tasks/{draft.id}/publish")
    assert (waiting.status_code, waiting.json()["status"]) == (202, "draft")
    assert waiting.json()["budget"]["status"] == "pending"
    services.answer(f"task GET {path}/budget", a_budget(BudgetStatus.HELD))
    services.answer(f"task GET {path}", draft.model_copy(update={"status": TaskStatus.OPEN}))
    opened = await owner.ask("POST", f"/api/v1/tasks/{draft.id}/publish")
    assert (opened.status_code, opened.json()["status"]) == (200, "open")
    assert (opened.json()["shares"], opened.json()["budget"]["status"]) == ([10_000], "held")


@pytest.mark.parametrize("reason", RejectionReason)
async def test_a_budget_that_is_not_covered_is_402_with_what_is_missing(
    poster: Party, services: FakeServices, reason: RejectionReason
) -> None:
    draft = a_task(poster.account_id, status=TaskStatus.DRAFT, published_at=None, escrow=True)
    path = f"/internal/tasks/{draft.id}"
    services.answer(f"task POST {path}/publish", draft)
    rejected = a_budget(BudgetStatus.REJECTED, available_cents=7, rejection_reason=reason)
    services.answer(f"task GET {path}/budget", rejected)
    answer = await poster.ask("POST", f"/api/v1/tasks/{draft.id}/publish")
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (402, "PAYMENT_REQUIRED")
    assert error["details"] == {"required": 50_000, "available": 7, "reason": reason}
    assert ("Deposit" in error["message"]) == (reason is RejectionReason.INSUFFICIENT_BALANCE)


async def test_a_task_without_escrow_is_as_the_document_has_it(poster: Party, services: FakeServices) -> None:
    task = a_task(poster.account_id)
    services.answer(f"task POST /internal/tasks/{task.id}/publish", task)
    services.answer(f"task GET /internal/tasks/{task.id}", task)
    published = (await poster.ask("POST", f"/api/v1/tasks/{task.id}/publish")).json()
    read = (await poster.ask("GET", f"/api/v1/tasks/{task.id}")).json()
    assert not EXTRA & (set(published) | set(read))
    assert not [asked for asked in services.asked if asked.path.endswith("/budget")]


async def test_the_owner_of_a_task_with_escrow_is_not_told_to_make_a_deal(
    poster: Party, services: FakeServices
) -> None:
    task = a_task(poster.account_id, status=TaskStatus.CLOSED, escrow=True)
    services.answer(f"task GET /internal/tasks/{task.id}", task)
    services.answer(f"task GET /internal/tasks/{task.id}/budget", a_budget(BudgetStatus.HELD))
    read = (await poster.ask("GET", f"/api/v1/tasks/{task.id}")).json()
    assert read["budget"]["status"] == "held"
    assert [action["action"] for action in read["next_actions"]] == ["get_leaderboard"]
