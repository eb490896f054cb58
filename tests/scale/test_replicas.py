"""Two processes of every service: work is shared, and whatever holds for one holds for both together."""

import asyncio
import signal
import time
from importlib import import_module
from uuid import uuid4

import httpx2
import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.coordinator.protocol import ConsumerProtocolMemberAssignment

from joust_contracts.internal.common import ErrorCode
from joust_contracts.services import ServiceName
from joust_embedded.bounty.client import Party
from joust_embedded.bounty.works import DECENT
from joust_embedded.stack import Stack
from tests.scale.conftest import FAILED_KEYS_PER_MINUTE, PARTITIONS
from tests.support.arena import Arena, eventually
from tests.support.balancing import Balanced
from tests.support.load import TO_THE_END_SECONDS, History, play
from tests.support.soundness import arena_is_sound

pytestmark = pytest.mark.faults
KEYS = "/api/api-keys"
READY_SECONDS = 90.0
MEASURED_SECONDS = 30.0
RECOVERED = 0.95
"""Of the rate before: row F2."""


async def partitions_of_members(stack: Stack, group: str) -> list[int]:
    """How many partitions of one topic each member of a consumer group reads, in rising order."""
    admin = AIOKafkaAdminClient(bootstrap_servers=stack.kafka_bootstrap)
    await admin.start()
    try:
        (answer,) = await admin.describe_consumer_groups([group])
    finally:
        await admin.close()
    members = answer.to_object()["groups"][0]["members"]
    # While the group shares anew, what a member has is empty and can't be read.
    assigned = [each["member_assignment"] for each in members if each["member_assignment"]]
    shares = [ConsumerProtocolMemberAssignment.decode(each).assignment for each in assigned]
    return sorted(max((len(partitions) for _, partitions in share), default=0) for share in shares)


@pytest.mark.parametrize("service", [ServiceName.SUBMISSION, ServiceName.EVALUATION, ServiceName.RANKING])
async def test_both_processes_of_a_service_read_their_share_of_every_topic(
    stack: Stack, service: ServiceName
) -> None:
    group: str = import_module(f"joust_{service}.subscriptions").SUBSCRIPTIONS.group

    async def shared() -> bool:
        return await partitions_of_members(stack, group) == [PARTITIONS // 2] * 2

    await eventually(shared, seconds=60)


async def test_a_key_that_comes_to_both_gateways_at_once_has_one_effect(arena: Arena) -> None:
    party, key = await arena.sign_up("Eager"), str(uuid4())
    answers = await asyncio.gather(*(party.deposit(700, key=key) for _ in range(20)), return_exceptions=True)
    refused = [each for each in answers if isinstance(each, BaseException)]
    assert {getattr(each, "code", repr(each)) for each in refused} <= {ErrorCode.IDEMPOTENCY_KEY_IN_USE}
    assert len({str(each) for each in answers if each not in refused}) == 1
    assert (await party.balance())["available_cents"] == 700


async def test_failed_keys_are_counted_by_both_gateways_together(stack: Stack) -> None:
    headers = {"Authorization": f"Bearer straw_sk_{uuid4().hex}"}
    statuses = []
    async with httpx2.AsyncClient(timeout=20, headers=headers) as http:
        for url in stack.urls_of("gateway") * FAILED_KEYS_PER_MINUTE:
            statuses.append((await http.get(f"{url}{KEYS}")).status_code)
    assert set(statuses) == {401, 429}
    assert statuses.count(401) <= FAILED_KEYS_PER_MINUTE


async def test_a_stream_at_one_gateway_tells_what_came_through_the_other(stack: Stack, arena: Arena) -> None:
    poster, agent = await arena.sign_up("Poster"), await arena.sign_up("Agent")
    task = await arena.open_task(poster)
    submitted = await agent.quick_submit(task["id"], DECENT)
    streams = [asyncio.create_task(watch(agent, url, submitted["id"])) for url in stack.urls_of("gateway")]
    for told in await asyncio.gather(*streams):
        assert told[-1] == "terminal"
        assert "submission" in told


async def watch(agent: Party, url: str, submission_id: str) -> list[str]:
    headers = {"Authorization": agent.http.headers["Authorization"]}
    async with httpx2.AsyncClient(base_url=url, headers=headers, timeout=60) as http:
        watching = Party(agent.name, agent.account_id, agent.agent_id, http)
        return [event.name async for event in watching.watch(submission_id)]


@pytest.mark.campaign
async def test_a_rolling_restart_under_load_fails_no_request_and_does_nothing_twice(
    stack: Stack, arena: Arena, balanced: Balanced
) -> None:
    """Every process is told to stop, one after another: each time the group of its service is rebalanced."""
    history, stop = History(), asyncio.Event()
    playing = asyncio.create_task(play(arena, stop, history))
    try:
        await eventually(lambda: is_true(bool(history.deals)), seconds=READY_SECONDS)
        for process in stack.settings.processes:
            await asyncio.to_thread(stack.kill, process, signal.SIGTERM)
            await asyncio.to_thread(stack.wait_ready, READY_SECONDS)
        stop.set()
        await asyncio.wait_for(playing, TO_THE_END_SECONDS)
    finally:
        stop.set()
        playing.cancel()
        await asyncio.gather(playing, return_exceptions=True)
    print(
        f"{balanced.answered} answers; {balanced.sent_again} went to the other gateway; {len(history.deals)} bounties"
    )
    assert balanced.failed == []
    await arena_is_sound(stack, history)


@pytest.mark.campaign
async def test_bounties_go_on_at_their_rate_while_a_process_is_killed_every_five_seconds(
    stack: Stack, balanced: Balanced
) -> None:
    """Row F2: kill -9 for a minute, under load; within half a minute the rate is what it was."""
    arena, history, stop = Arena(stack, patience_seconds=60, transport=balanced), History(), asyncio.Event()
    playing = asyncio.create_task(play(arena, stop, history))
    try:
        await eventually(lambda: is_true(bool(history.finished)), seconds=READY_SECONDS)
        before = await rate(history)
        for process in stack.settings.processes[:12]:
            began = time.monotonic()
            await asyncio.to_thread(stack.kill, process)
            await asyncio.sleep(max(0, 5 - (time.monotonic() - began)))
        await asyncio.to_thread(stack.wait_ready, READY_SECONDS)
        after = await rate(history)
        stop.set()
        await asyncio.wait_for(playing, TO_THE_END_SECONDS)
        print(f"bounties in {MEASURED_SECONDS:g} s: {before} before, {after} after")
        assert after >= RECOVERED * before
        await arena_is_sound(stack, history)
    finally:
        stop.set()
        playing.cancel()
        await asyncio.gather(playing, return_exceptions=True)
        await arena.close()


async def rate(history: History) -> int:
    """Bounties that end within the time that is measured."""
    before = len(history.finished)
    await asyncio.sleep(MEASURED_SECONDS)
    return len(history.finished) - before


async def is_true(value: bool) -> bool:
    return value
