"""Planted damage, to see that the checkers which run after every fault do find it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg
import httpx2
import pytest
from prometheus_client.parser import text_string_to_metric_families

from joust_contracts.events import EvaluationCompleted, Event
from joust_contracts.events.evaluations import EvaluatedSubmission, Judgement
from joust_contracts.vocabulary import EvalMode
from joust_embedded.bounty.client import Party
from joust_embedded.stack import Stack
from joust_kit.clock import SystemClock
from joust_kit.ids import RandomIds
from joust_kit.messaging.envelope import Message
from joust_kit.testing.component import message_from
from tests.support import checkers
from tests.support.arena import Arena, eventually

new_id = RandomIds().new
OFF_BY_A_CENT = "UPDATE wallet.accounts SET balance_cents = balance_cents + {} WHERE owner_id = $1"


@asynccontextmanager
async def damaged(stack: Stack, damage: str, repair: str, *values: Any) -> AsyncIterator[None]:
    """The tables hold what the database would have refused, for the length of the block."""
    admin = await asyncpg.connect(stack.database_dsn)
    await admin.execute("SET session_replication_role = replica")
    try:
        await admin.execute(damage, *values)
        yield
    finally:
        await admin.execute(repair, *values)
        await admin.close()


async def violations_of(stack: Stack) -> float:
    """What the wallet's own auditor shows of the newest postings."""
    async with httpx2.AsyncClient(base_url=stack.urls["wallet"]) as http:
        families = text_string_to_metric_families((await http.get("/metrics")).text)
    samples = [sample for family in families for sample in family.samples]
    return next(
        sample.value
        for sample in samples
        if sample.name == "joust_ledger_violations" and sample.labels["audit"] == "newest"
    )


async def a_paid_deal(arena: Arena) -> tuple[Party, str]:
    poster, agent = await arena.sign_up("Poster", cents=1000), await arena.sign_up("Agent")
    task = await arena.open_task(poster)
    await agent.quick_submit(task["id"], {"main.py": "print(1)"})
    await poster.close_task(task["id"])
    return poster, str((await poster.deal(task["id"], agent.agent_id, 1000))["id"])


async def test_a_cent_from_nowhere_is_found_by_the_check_and_by_the_running_wallet(
    stack: Stack, arena: Arena
) -> None:
    poster = await arena.sign_up("Poster", cents=100)
    await checkers.ledger_adds_up(stack)
    owner = UUID(poster.account_id)

    async def alarmed() -> bool:
        return await violations_of(stack) > 0

    async with damaged(stack, OFF_BY_A_CENT.format(1), OFF_BY_A_CENT.format(-1), owner):
        with pytest.raises(AssertionError, match="balances_do_not_sum_to_0"):
            await checkers.ledger_adds_up(stack)
        await eventually(alarmed, seconds=30)
    await checkers.ledger_adds_up(stack)


async def test_a_payment_that_is_lost_or_of_another_amount_is_found(stack: Stack, arena: Arena) -> None:
    _, deal_id = await a_paid_deal(arena)
    await checkers.paid_exactly_once(stack, [deal_id])
    key = "UPDATE wallet.transfers SET idempotency_key = {} WHERE cause = $1"
    lose, find = (
        key.format("'test:' || cause, kind = 'deposit'"),
        key.format("'deal:' || cause, kind = 'deal'"),
    )
    async with damaged(stack, lose, find, UUID(deal_id)):
        with pytest.raises(AssertionError, match="settled_deal_is_unpaid"):
            await checkers.ledger_adds_up(stack)
        with pytest.raises(AssertionError, match="has 0 transfers"):
            await checkers.paid_exactly_once(stack, [deal_id])
    value = "UPDATE wallet.deals SET value_cents = value_cents {} 1 WHERE id = $1"
    async with damaged(stack, value.format("+"), value.format("-"), UUID(deal_id)):
        with pytest.raises(AssertionError, match="payment_is_not_the_deals"):
            await checkers.ledger_adds_up(stack)
    await checkers.ledger_adds_up(stack)


async def test_a_wish_that_the_wallet_never_heard_of_is_found(stack: Stack) -> None:
    await checkers.wishes_are_followed(stack)
    ask = (
        "INSERT INTO task.fundings (id, version, subject_id, kind, payer_id, amount_cents, currency, wanted, payees)"
        " VALUES ($1, 1, $1, 'drop', $1, 1, 'usd', 'hold', '[]')"
    )
    async with damaged(stack, ask, "DELETE FROM task.fundings WHERE id = $1", new_id()):
        with pytest.raises(AssertionError, match="hold"):
            await checkers.wishes_are_followed(stack)
    await checkers.wishes_are_followed(stack)


async def test_an_acknowledged_deal_that_is_not_there_is_found(stack: Stack) -> None:
    with pytest.raises(AssertionError, match="has 0 transfers"):
        await checkers.paid_exactly_once(stack, [str(new_id())])


def completed(submission_id: UUID, version: int) -> Message:
    """A score of a submission, told anew with each call."""
    now = SystemClock().now()
    submission = EvaluatedSubmission(
        id=submission_id,
        task_id=submission_id,
        task_owner_id=submission_id,
        account_id=submission_id,
        agent_id=submission_id,
        agent_display_name="Ada",
        iteration=1,
        received_at=now,
    )
    data = EvaluationCompleted(
        evaluation_id=submission_id,
        version=version,
        eval_mode=EvalMode.LLM,
        submission=submission,
        judgement=Judgement(final_score=50, llm_score=50, dimensions=(), reasoning="", judge="offline"),
        completed_at=now,
    )
    return message_from(Event[EvaluationCompleted].of(data, id=new_id(), time=now))


@pytest.mark.parametrize("scores", [0, 2])
async def test_a_submission_that_is_not_scored_or_scored_twice_is_found(scores: int) -> None:
    fine, wrong = new_id(), new_id()
    once = completed(fine, 1)
    messages = [once, once, *(completed(wrong, version) for version in range(1, scores + 1))]
    await checkers.scored_exactly_once(messages, [str(fine)])
    with pytest.raises(AssertionError, match=str(wrong)):
        await checkers.scored_exactly_once(messages, [str(fine), str(wrong)])


def test_versions_that_fall_or_stand_still_are_found() -> None:
    id = new_id()
    first, second, again = completed(id, 1), completed(id, 2), completed(id, 1)
    checkers.versions_rise([first, second, first, completed(new_id(), 1)])
    for messages in ([first, second, again], [second, first], [first, again]):
        with pytest.raises(AssertionError, match="too late"):
            checkers.versions_rise(messages)
