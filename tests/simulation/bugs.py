"""Mistakes that a service could have made, planted to see that the simulation finds them."""

from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any
from unittest import mock
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from joust_kit.database import projections
from joust_kit.database.unit_of_work import UnitOfWork
from joust_kit.idempotency import IdempotencyKey
from joust_kit.messaging.bus import GroupReader, Sender
from joust_kit.messaging.consumer import Consumer
from joust_kit.messaging.inbox import Inbox, Outcome
from joust_kit.messaging.outbox_reader import Row
from joust_kit.messaging.relay import Relay
from joust_wallet.withdrawals import commands, timers
from joust_wallet.withdrawals.providers import PayoutOrder

_mark = Inbox._mark
_send = Relay._send
_begin_attempt = commands.begin_attempt

Wrong = Callable[..., Awaitable[Any]]


@dataclass(frozen=True)
class Bug:
    """A mistake, and what brings it out."""

    replacements: Sequence[tuple[Any, str, Wrong]]
    """What is wrong, and in whose place: owner and name."""
    faults: Mapping[str, float]
    """Fields of ``Faults``, in every seed that is played with this bug."""

    @contextmanager
    def planted(self) -> Iterator["Counter[str]"]:
        """While this is open the mistake is made; counts how often each replacement was called."""
        calls = Counter({name: 0 for _, name, _ in self.replacements})
        with ExitStack() as stack:
            for owner, name, wrong in self.replacements:
                stack.enter_context(mock.patch.object(owner, name, _counting(wrong, name, calls)))
            yield calls


def _counting(wrong: Wrong, name: str, calls: "Counter[str]") -> Wrong:
    async def counted(*args: Any) -> Any:
        calls[name] += 1
        return await wrong(*args)

    return counted


async def _mark_in_a_transaction_of_its_own(self: Inbox, _unit: Any, event: Any) -> Outcome:
    async with self.database.transaction() as own:
        return await _mark(self, own, event)


async def _take_all_for_acknowledged(self: Relay, sender: Sender, rows: Sequence[Row]) -> list[int]:
    await _send(self, sender, rows)
    return [row.id for row in rows]


async def _send_the_newest_first(self: Relay, sender: Sender, rows: Sequence[Row]) -> list[int]:
    return await _send(self, sender, rows[::-1])


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


async def _begin_under_a_new_key(unit: UnitOfWork, withdrawal_id: UUID) -> PayoutOrder | None:
    order = await _begin_attempt(unit, withdrawal_id)
    return order and replace(order, idempotency_key=str(unit.new_id()))


BUGS: dict[str, Bug] = {
    "the mark of the inbox commits before the effect": Bug(
        [(Inbox, "_mark", _mark_in_a_transaction_of_its_own)], {"crash": 1 / 40, "max_crashes": 12}
    ),
    "the relay deletes what was not acknowledged": Bug(
        [(Relay, "_send", _take_all_for_acknowledged)], {"send": 1 / 3}
    ),
    "the relay does not keep the order": Bug([(Relay, "_send", _send_the_newest_first)], {"send": 1 / 3}),
    "offsets are committed before events are handled": Bug(
        [(Consumer, "_consume_batch", _commit_and_then_handle)], {"crash": 1 / 40, "max_crashes": 12}
    ),
    "a request that comes again acts again, and pays twice": Bug(
        [(IdempotencyKey, "claim", _never_remember)], {"answer": 1 / 4}
    ),
    "a payout whose answer was lost is asked for under another key": Bug(
        [(timers, "begin_attempt", _begin_under_a_new_key)], {"webhook": 1 / 2}
    ),
    # The mark of the old event that comes again was pruned: by itself that does no harm.
    "a projection trusts the order of events": Bug(
        [(projections, "take_newer", _take_any), (Inbox, "_mark", _forget_marks)], {"again": 1 / 2}
    ),
}
"""By what is wrong."""
HARMLESS: dict[str, Bug] = {
    "marks of the inbox are pruned at once": Bug([(Inbox, "_mark", _forget_marks)], {"again": 1 / 2}),
}
"""What must not be found: else the bugs that are planted beside it could hide behind it."""
