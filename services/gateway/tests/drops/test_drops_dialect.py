"""The Drops dialect: what it asks of the services, and what it makes of their answers."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from pydantic import ValidationError

from joust_contracts.events.drops import DropSnapshot
from joust_contracts.internal.common import ErrorCode
from joust_contracts.internal.drops import (
    CheckedFiles,
    ClaimView,
    DropEstimate,
    DropSubmissionView,
    DropView,
    Enforced,
    HandedIn,
)
from joust_contracts.vocabulary import DropPack, DropStatus, RejectionReason
from joust_kit.testing.component import ServiceUnderTest
from services.gateway.tests.conftest import OpenGateway
from services.gateway.tests.fakes import FakeServices
from services.gateway.tests.samples import NOW, Party, new_id, sign_up

UNPAID = {"status": DropStatus.PENDING_PAYMENT, "available_cents": 7}
CONFIRMED = {"prompt": "Taglines", "confirmed": True}


def a_drop(owner_id: UUID, **changes: Any) -> DropView:
    is_open = changes.get("status", DropStatus.OPEN) is not DropStatus.PENDING_PAYMENT
    fields: dict[str, Any] = {
        "id": new_id(),
        "version": 2,
        "owner_id": owner_id,
        "status": DropStatus.OPEN,
        "pack": DropPack.WILD,
        "title": "Taglines",
        "prompt": "Taglines",
        "price_cents": 100,
        "currency": "usd",
        "time_limit_seconds": 300,
        "max_claims": 5,
        "submissions_count": 0,
        "created_at": NOW,
        "updated_at": NOW,
        "opened_at": NOW if is_open else None,
        "closes_at": NOW + timedelta(minutes=5) if is_open else None,
    }
    return DropView(drop=DropSnapshot(**{**fields, **changes}), env_vars={}, claims_count=0)


def a_claim(drop: DropView, party: Party) -> ClaimView:
    return ClaimView(
        id=new_id(),
        drop_id=drop.drop.id,
        account_id=party.account_id,
        agent_id=party.agent_id,
        expires_at=NOW,
        submitted=False,
        created_at=NOW,
        drop_version=7,
    )


def handed_in(drop: DropView, party: Party, *, closes: bool = False) -> HandedIn:
    submission = DropSubmissionView(
        id=new_id(),
        drop_id=drop.drop.id,
        account_id=party.account_id,
        agent_id=party.agent_id,
        text="x",
        files=(),
        created_at=NOW,
    )
    return HandedIn(submission=submission, closes_the_window=closes)


@pytest.fixture(scope="session")
async def hasty(open_gateway: OpenGateway) -> ServiceUnderTest:
    """A gateway that waits for no outcome, and knows a secret."""
    return await open_gateway(outcome_wait_seconds=0.05, cron_secret="a secret of tests")


async def test_an_estimate_asks_for_nothing_to_be_created(poster: Party, services: FakeServices) -> None:
    estimate = DropEstimate(title="Taglines", pack=DropPack.ROAST, price_cents=100, time_limit_seconds=300)
    services.answer("task POST /internal/drops/estimate", estimate)
    answer = await poster.ask("POST", "/api/jobs/run", json={"prompt": "Taglines", "pack": "roast"})
    assert (answer.status_code, answer.json()) == (
        200,
        {
            "needs_confirmation": True,
            "prompt": "Taglines",
            "title": "Taglines",
            "pack": "roast",
            "estimated_price_cents": 100,
            "estimated_time_limit_seconds": 300,
        },
    )
    assert [asked.path for asked in services.asked] == ["/internal/drops/estimate"]


@pytest.mark.parametrize(
    ("changes", "status", "expected"),
    [
        ({}, 201, "open"),
        ({"status": DropStatus.PENDING_PAYMENT}, 202, "pending_payment"),
        (UNPAID, 402, None),
        ({**UNPAID, "rejection_reason": RejectionReason.SPEND_CAP_EXCEEDED}, 402, None),
    ],
)
async def test_a_confirmed_drop_is_open_unpaid_or_pending_and_never_guessed(
    hasty: ServiceUnderTest, services: FakeServices, changes: Any, status: int, expected: str | None
) -> None:
    poster = await sign_up(hasty)
    pending = a_drop(poster.account_id, status=DropStatus.PENDING_PAYMENT)
    drop = a_drop(poster.account_id, **{**changes, "id": pending.drop.id})
    services.answer("task POST /internal/drops", pending, 201)
    services.answer(f"task GET /internal/drops/{drop.drop.id}", drop)
    answer = await poster.ask("POST", "/api/jobs/run", json=CONFIRMED, headers={"Idempotency-Key": "k"})
    assert answer.status_code == status, answer.text
    assert services.asked_of("task", "POST")[0].headers["Idempotency-Key"] == "k"
    if expected is not None:
        assert answer.json()["status"] == expected
        return
    body = answer.json()
    assert (body["payment_required"], body["required"], body["available"]) == (True, 100, 7)
    assert ("Deposit" in body["error"]["message"]) == ("rejection_reason" not in changes)
    assert body["error"]["details"]["reason"] == changes.get("rejection_reason")
    assert body["id"] == body["job"]["id"] == str(drop.drop.id)
    assert body["error"]["code"] == "PAYMENT_REQUIRED"
    assert [action["action"] for action in body["job"]["next_actions"]] == ["pay_job", "cancel_job"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"prompt": ""}, 400),
        ({"prompt": " \n"}, 400),
        ({"prompt": 5}, 422),
        ({"prompt": "x" * 20_001}, 422),
        ({"prompt": "a\x00b"}, 422),
        ({"prompt": "x", "pack": "boast"}, 422),
        ({"prompt": "x", "price_cents": 0}, 422),
        ({"prompt": "x", "price_cents": -100}, 422),
        ({"prompt": "x", "price_cents": 99.5}, 422),
        ({"prompt": "x", "price_cents": 10**30}, 422),
        ({"prompt": "x", "price_cents": "100"}, 422),
        ({"prompt": "x", "time_limit_seconds": 0}, 422),
        ({"prompt": "x", "confirmed": "yes"}, 422),
        ({"prompt": "x", "envVars": {"A": 1}}, 422),
        ({"prompt": "x", "envVars": {f"A{n}": "x" * 9000 for n in range(10)}}, 422),
        ({"prompt": "x", "owner_id": str(new_id())}, 422),
        ({"prompt": "x", "attachments": [{"key": "k", "name": "n"}]}, 422),
    ],
)
async def test_what_is_no_drop_is_refused_before_anybody_is_asked(
    poster: Party, services: FakeServices, body: Any, status: int
) -> None:
    answer = await poster.ask("POST", "/api/jobs/run", json={"confirmed": True, **body})
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, "VALIDATION_ERROR")
    assert services.asked == []


async def test_files_beside_a_prompt_are_looked_up_first(poster: Party, services: FakeServices) -> None:
    files = [{"key": "theirs", "name": "a", "size": 1}]
    services.refuse("submission POST /internal/drop-files/check", 422, ErrorCode.VALIDATION_ERROR)
    refused = await poster.ask("POST", "/api/jobs/run", json={**CONFIRMED, "attachments": files})
    assert refused.status_code == 422
    assert services.asked_of("task") == []
    services.answer("submission POST /internal/drop-files/check", CheckedFiles(files=()))
    await poster.ask("POST", "/api/jobs/run", json={**CONFIRMED, "attachments": files})
    assert services.asked_of("task", "POST")[0].body["attachments"] == files


async def test_who_has_no_claim_gets_one_before_handing_in(agent: Party, services: FakeServices) -> None:
    drop = a_drop(new_id())
    path = f"/internal/drops/{drop.drop.id}"
    services.refuse(f"submission POST {path}/submissions", 409, ErrorCode.NO_CLAIM)
    services.answer(f"task POST {path}/claim", a_claim(drop, agent), 201)
    url = f"/api/jobs/{drop.drop.id}/submit"
    refused = await agent.ask("POST", url, json={"text": "x"}, headers={"Idempotency-Key": "k"})
    assert refused.json()["error"]["code"] == "NO_CLAIM"
    claimed, (first, second) = services.asked_of("task")[0], services.asked_of("submission")
    assert "Idempotency-Key" not in claimed.headers
    assert first.headers["Idempotency-Key"] == second.headers["Idempotency-Key"] == "k"
    assert second.headers["Joust-After"] == f"{drop.drop.id}:7"


async def test_the_submission_that_closes_the_window_tells_of_a_ranking_that_is_pending(
    hasty: ServiceUnderTest, services: FakeServices
) -> None:
    agent = await sign_up(hasty)
    drop = a_drop(new_id(), status=DropStatus.RANKING)
    path = f"/internal/drops/{drop.drop.id}"
    services.answer(f"submission POST {path}/submissions", handed_in(drop, agent, closes=True))
    services.answer(f"task GET {path}", drop)
    answer = await agent.ask("POST", f"/api/jobs/{drop.drop.id}/submit", json={"text": "x"})
    assert answer.status_code == 202, answer.text
    assert answer.json()["ranking"]["status"] == "pending"
    assert answer.json()["ranking"]["job"]["status"] == "ranking"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"text": " "},
        {"text": "x", "files": [{"key": "k", "name": "n", "size": -1}]},
        {"text": "\x01" * 30_000},
    ],
)
async def test_what_is_no_work_is_refused_before_anybody_is_asked(
    agent: Party, services: FakeServices, body: Any
) -> None:
    answer = await agent.ask("POST", f"/api/jobs/{new_id()}/submit", json=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "VALIDATION_ERROR")
    assert services.asked == []


async def test_attachments_is_an_alias_for_files_and_not_both_at_once(
    agent: Party, services: FakeServices
) -> None:
    drop, files = a_drop(new_id()), [{"key": "k", "name": "n", "size": 1}]
    path, url = f"/internal/drops/{drop.drop.id}/submissions", f"/api/jobs/{drop.drop.id}/submit"
    services.answer(f"submission POST {path}", handed_in(drop, agent))
    assert (await agent.ask("POST", url, json={"attachments": files})).status_code == 200
    assert services.asked[0].body["files"] == files
    assert (await agent.ask("POST", url, json={"attachments": files, "files": files})).status_code == 422


async def test_an_account_competes_with_its_own_agents_alone(
    agent: Party, poster: Party, services: FakeServices
) -> None:
    drop = a_drop(new_id())
    services.answer(f"task POST /internal/drops/{drop.drop.id}/claim", a_claim(drop, agent), 201)
    url = f"/api/jobs/{drop.drop.id}/claim"
    assert (await agent.ask("POST", url)).status_code == 201
    assert (await agent.ask("POST", url, json={"agentId": str(agent.agent_id)})).status_code == 201
    for wrong in (poster.agent_id, new_id()):
        refused = await agent.ask("POST", url, json={"agentId": str(wrong)})
        assert (refused.status_code, refused.json()["error"]["code"]) == (404, "NOT_FOUND")
    assert len(services.asked) == 2


async def test_a_secret_that_is_empty_or_short_keeps_the_gateway_from_starting(
    open_gateway: OpenGateway,
) -> None:
    for secret in ("", "guess me"):
        with pytest.raises(ValidationError, match="cron_secret"):
            await open_gateway(cron_secret=secret)


async def test_deadlines_are_enforced_for_who_knows_the_secret_alone(
    hasty: ServiceUnderTest, gateway: ServiceUnderTest, services: FakeServices
) -> None:
    services.answer("task POST /internal/drops/enforce", Enforced(drops_closed=1, claims_expired=2))
    path, known = "/api/cron/enforce-deadlines", {"Authorization": "Bearer a secret of tests"}
    for sent in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Bearer "}):
        assert (await hasty.http.get(path, headers=sent)).status_code == 401
    assert (await hasty.http.get(path, headers=known)).json() == {"drops_closed": 1, "claims_expired": 2}
    assert (await gateway.http.get(path, headers={"Authorization": "Bearer "})).status_code == 401
