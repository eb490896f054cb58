"""Mistakes that a service could have made, planted to see that the simulation finds them."""

import random
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from typing import Any
from unittest import mock

from sqlalchemy.dialects.postgresql import insert

from joust_kit.database import projections
from joust_kit.idempotency import IdempotencyKey
from joust_kit.messaging.bus import GroupReader, Sender
from joust_kit.messaging.consumer import Consumer
from joust_kit.messaging.inbox import Inbox, Outcome
from joust_kit.messaging.outbox_reader import Row
from joust_kit.messaging.relay import Relay

_mark = Inbox._mark
_send = Relay._send


async def _mark_in_a_transaction_of_its_own(self: Inbox, _unit: Any, event: Any) -> Outcome:
    async with self.database.transaction() as own:
        return await _mark(self, own, event)


async def _take_all_for_acknowledged(self: Relay, sender: Sender, rows: Sequence[Row]) -> list[int]:
    await _send(self, sender, rows)
    return [row.id for row in rows]


async def _send_in_any_order(self: Relay, sender: Sender, rows: Sequence[Row]) -> list[int]:
    return await _send(self, sender, random.sample(rows, len(rows)))


async def _commit_and_then_handle(self: Consumer, reader: GroupReader) -> None:
    messages = await reader.fetch(max_messages=self._settings.consumer_batch_size, wait_seconds=1)
    await reader.commit()
    await self.consume(messages)


async def _never_remember(self: IdempotencyKey, *_: Any) -> None:
    return None


async def _take_any(session: Any, model: Any, values: Mapping[str, Any]) -> bool:
    fresh = insert(model).values(values)
    changes = {name: fresh.excluded[name] for name in values if name != "id"}
    await session.execute(fresh.on_conflict_do_update(index_elements=["id"], set_=changes))
    return True


async def _forget_marks(self: Inbox, unit: Any, event: Any) -> Outcome:
    outcome = await _mark(self, unit, event)
    return Outcome.HANDLED if outcome is Outcome.DUPLICATE else outcome


def _projection_that_trusts_the_order() -> AbstractContextManager[Any]:
    """Seen when an old event comes again after its mark was pruned."""
    stack = ExitStack()
    stack.enter_context(mock.patch.object(projections, "take_newer", _take_any))
    stack.enter_context(mock.patch.object(Inbox, "_mark", _forget_marks))
    return stack


BUGS: dict[str, Callable[[], AbstractContextManager[Any]]] = {
    "the mark of the inbox commits before the effect": lambda: mock.patch.object(
        Inbox, "_mark", _mark_in_a_transaction_of_its_own
    ),
    "the relay deletes what was not acknowledged": lambda: mock.patch.object(
        Relay, "_send", _take_all_for_acknowledged
    ),
    "the relay does not keep the order": lambda: mock.patch.object(Relay, "_send", _send_in_any_order),
    "offsets are committed before events are handled": lambda: mock.patch.object(
        Consumer, "_consume_batch", _commit_and_then_handle
    ),
    "a request that comes again acts again, and pays twice": lambda: mock.patch.object(
        IdempotencyKey, "claim", _never_remember
    ),
    "a projection trusts the order of events": _projection_that_trusts_the_order,
}
"""By what is wrong."""
