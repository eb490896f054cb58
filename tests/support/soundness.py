"""All checkers together, to be run after every fault: ``await arena_is_sound(stack, history)``."""

import asyncio
from collections.abc import Iterable

from joust_embedded.stack import Stack
from joust_kit.messaging.envelope import Message
from tests.support import checkers
from tests.support.leaks import nothing_is_left_over
from tests.support.load import PRICE_CENTS, History
from tests.support.rebuild import rebuild_differs
from tests.support.telling import skipped_versions, untold


async def arena_is_sound(stack: Stack, history: History) -> None:
    """Fails unless everything holds that clients were promised, whatever happened.

    - set: what was acknowledged is there once; - bank: the ledger adds up; - order: versions rise;
    - events: every change was told, and every event handled by all who listen to it;
    - rebuild: state replayed from events is the live state; - leaks: nothing is left over.
    """
    messages = await checkers.events_are_complete(stack)
    checkers.versions_rise(messages)
    assert skipped_versions(messages) == []
    assert await untold(stack, messages) == []
    await checkers.scored_exactly_once(messages, history.submissions)
    await checkers.paid_exactly_once(stack, history.deals)
    await checkers.ledger_adds_up(stack)
    await balances_add_up(history)
    assert await rebuild_differs(stack, messages, tasks_of(messages, history)) == []
    await nothing_is_left_over(stack)


async def balances_add_up(history: History) -> None:
    """Fails unless the parties have together what they deposited, less the fees."""
    balances = await asyncio.gather(*(party.balance() for party in history.parties))
    fees = len(history.deals) * PRICE_CENTS // 10
    assert sum(balance["available_cents"] for balance in balances) == history.deposited_cents - fees


def tasks_of(messages: Iterable[Message], history: History) -> set[str]:
    """Tasks to which the history's submissions went."""
    submissions = set(history.submissions)
    about = (message.headers for message in messages if message.headers.get("ce_subject") in submissions)
    return {headers["ce_partitionkey"] for headers in about}
