"""All checkers together, to be run after every fault: ``await arena_is_sound(stack, history)``."""

import asyncio
from collections.abc import Iterable

import asyncpg

from joust_embedded.stack import Stack
from joust_kit.messaging.envelope import Message
from tests.support import checkers
from tests.support.history import writes_are_there_as_told
from tests.support.leaks import nothing_is_left_over
from tests.support.load import PRICE_CENTS, History
from tests.support.rebuild import rebuild_differs
from tests.support.telling import skipped_versions, untold

_LOOKS = 5


async def arena_is_sound(stack: Stack, history: History) -> None:
    """Fails unless everything holds that clients were promised, whatever happened.

    - set: what was acknowledged is there once, and nothing that was refused; - bank: the ledger adds up; - order: versions rise;
    - events: every change was told, and every event handled by all who listen to it;
    - rebuild: state replayed from events is the live state; - leaks: nothing is left over.
    """
    messages = await everything_told(stack)
    checkers.versions_rise(messages)
    assert skipped_versions(messages) == []
    await checkers.scored_exactly_once(messages, history.submissions)
    await checkers.paid_exactly_once(stack, history.deals)
    await checkers.ledger_adds_up(stack)
    await checkers.wishes_are_followed(stack)
    await writes_are_there_as_told(stack, history)
    await balances_add_up(stack, history)
    accounts = {party.account_id for party in history.parties}
    assert await rebuild_differs(stack, messages, tasks_of(messages, history) | accounts) == []
    await nothing_is_left_over(stack)


async def everything_told(stack: Stack) -> list[Message]:
    """All messages. Fails if the present version of something is not among them, however often it is looked for.

    A stack is not at rest as long as a timer or another try of a delivery is to come: what changes between the look
    at the topics and the look at the rows is there the next time. What was dropped never is.
    """
    for _ in range(_LOOKS):
        messages = await checkers.events_are_complete(stack)
        if not (missing := await untold(stack, messages)):
            return messages
        await asyncio.sleep(1)
    raise AssertionError(f"never told: {missing}")


async def balances_add_up(stack: Stack, history: History) -> None:
    """Fails unless the parties have together what they deposited, less the fees."""
    owners = [party.account_id for party in history.parties]
    admin = await asyncpg.connect(stack.database_dsn)
    try:
        query = "SELECT sum(balance_cents) FROM wallet.accounts WHERE owner_id = ANY($1::uuid[])"
        balance = int(await admin.fetchval(query, owners) or 0)
    finally:
        await admin.close()
    assert balance == history.deposited_cents - len(history.deals) * PRICE_CENTS // 10


def tasks_of(messages: Iterable[Message], history: History) -> set[str]:
    """Tasks to which the history's submissions went."""
    submissions = set(history.submissions)
    about = (message.headers for message in messages if message.headers.get("ce_subject") in submissions)
    return {headers["ce_partitionkey"] for headers in about}
