"""What is done about deliveries. Each runs in the caller's transaction, which the edge commits."""

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from joust_contracts.events import EvaluationExternalRequested
from joust_kit.database.unit_of_work import UnitOfWork
from joust_webhook.deliveries import repository
from joust_webhook.deliveries.jobs import Deliver, deliver
from joust_webhook.deliveries.judge_requests import kept
from joust_webhook.deliveries.rules.payloads import D, Payload
from joust_webhook.event_log import repository as event_log

_CLOCKS_DIFFER_BY = timedelta(minutes=1)
"""An endpoint hears of what happened after its registration. The times come from two machines, and an event
too many does less harm than one too few."""


async def announce(unit: UnitOfWork, event_id: UUID, payload: Payload[D], accounts: Collection[UUID]) -> None:
    """Log the message for each of ``accounts``, and have it delivered to those of their endpoints that want
    its type, about its task or drop.

    Each job begins the next delivery of its endpoint, whichever that is (``repository.take_next``).
    """
    if unit.silent:
        return
    text = payload.render()
    await event_log.append(
        unit.session,
        accounts=accounts,
        event_id=event_id,
        event_type=payload.type,
        payload=text,
        now=unit.now,
    )
    added = await repository.add_for_subscribers(
        unit.session,
        accounts=accounts,
        event_id=event_id,
        event_type=payload.type,
        subject_id=payload.data.subject_id,
        payload=text,
        registered_before=payload.timestamp + _CLOCKS_DIFFER_BY,
        now=unit.now,
    )
    firsts = [Deliver(delivery_id=id, attempt=1, endpoint_id=endpoint_id) for id, endpoint_id in added]
    await unit.schedule_all(deliver, firsts)


async def ask_judge(unit: UnitOfWork, asked: EvaluationExternalRequested) -> None:
    """Have the request delivered to the poster's judge, once for an evaluation; nothing if it has no URL."""
    if unit.silent or asked.judge_url is None:
        return
    delivery_id = unit.new_id()
    is_new = await repository.add_for_judge(
        unit.session,
        delivery_id=delivery_id,
        evaluation_id=asked.evaluation_id,
        account_id=asked.submission.task_owner_id,
        task_id=asked.submission.task_id,
        judge_url=asked.judge_url,
        payload=kept(asked),
        now=unit.now,
    )
    if is_new:
        await unit.schedule(deliver, Deliver(delivery_id=delivery_id, attempt=1))
