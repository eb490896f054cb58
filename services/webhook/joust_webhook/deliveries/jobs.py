"""The durable job that makes one attempt, and plans the next one if it has to.

Each attempt is a job of its own, scheduled in the transaction that records the attempt before. So a job that
runs twice, because its worker died after sending, may send twice (with one ``webhook-id``) but is recorded
once, and never plans two next attempts. An attempt that outlasts its worker's patience goes on alone
(``flights``); a second job for it, due when it must be over, sees to it should this process die.

Deliveries of an endpoint begin in the order of their events. There is a job for each, but it takes whichever
comes next, so the order holds however jobs are late, wait for a place, or run in several processes.

What jobs that run at the same time do to the database is done together: deliveries are taken, successes
recorded, failures recorded, and attempts planned again, each in one transaction for several jobs.
"""

import random
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from itertools import compress
from typing import Any
from uuid import UUID

from pydantic import Field

from joust_contracts.base import Command
from joust_contracts.events import DeliveryFailed, DeliverySucceeded, JudgeUnreached
from joust_contracts.events.webhooks import DeliverySnapshot
from joust_contracts.vocabulary import DeliveryState, DisabledReason, GiveUpReason
from joust_kit.database.unit_of_work import UnitOfWork
from joust_kit.failpoints import failpoint
from joust_kit.grouped import Cause
from joust_kit.jobs import JobContext, job
from joust_webhook.deliveries import judge_requests, repository
from joust_webhook.deliveries.flights import WORKERS
from joust_webhook.deliveries.models import Attempt, Delivery
from joust_webhook.deliveries.repository import DueDelivery, MadeAttempt
from joust_webhook.deliveries.rules.outcomes import GONE, RetryPolicy, is_success, outcome_of
from joust_webhook.deliveries.rules.signing import signed_headers
from joust_webhook.deliveries.rules.wishes import retry_after_of
from joust_webhook.deliveries.sender import Answer
from joust_webhook.endpoints import health
from joust_webhook.endpoints import repository as endpoints
from joust_webhook.resources import Resources, resources_of
from joust_webhook.settings import WebhookSettings


class Deliver(Command):
    """One attempt, counted from 1, at a delivery; with ``endpoint_id`` the first attempt at the delivery that
    comes next at that endpoint."""

    delivery_id: UUID
    attempt: int = Field(ge=1)
    endpoint_id: UUID | None = None


@dataclass(frozen=True)
class _Ticket:
    """A job that is to begin a delivery of an endpoint."""

    job: UUID
    endpoint_id: UUID
    context: JobContext


@dataclass(frozen=True)
class _Again:
    """An attempt that is to be made later."""

    body: Deliver
    delay: timedelta
    context: JobContext
    cause: Cause
    unless_refused: bool


@dataclass(frozen=True)
class _Made:
    """An attempt that was made."""

    body: Deliver
    due: DueDelivery
    answer: Answer
    began: datetime
    context: JobContext
    cause: Cause

    @property
    def answer_to_keep(self) -> Answer:
        """A judge may answer with what it was sent, and so with its token, which must lie nowhere."""
        return self.answer if self.due.task_id is None else replace(self.answer, head=b"")


# The job itself fails only with a part of ours, so it does not give up within days. Its lease follows from
# the timeout of an attempt; bootstrap sets it. As many workers as there are, so many share a transaction.
@job(
    Deliver,
    queue="deliver",
    max_workers=WORKERS,
    max_attempts=1000,
    max_delay_seconds=300,
)
async def deliver(body: Deliver, context: JobContext) -> None:
    """Make the attempt, unless it was made already or the delivery is over."""
    if body.endpoint_id is not None:
        await _fly(body, body.endpoint_id, partial(_begin_next, body, body.endpoint_id, context), context)
        return
    async with context.database.reading() as session:
        due = await repository.find_due(session, body.delivery_id, body.attempt, context.database.clock.now())
    if due is None:
        return
    if due.refused is not None:
        await _refuse(body, due.refused, context)
        return
    await _fly(body, due.receiver, partial(_attempt, body, due, context), context)


async def _fly(
    body: Deliver, receiver: UUID, attempt: Callable[[], Coroutine[Any, Any, None]], context: JobContext
) -> None:
    """Make an attempt as soon as the receiver has a place for it; what has to wait is planned again.

    A first attempt at an endpoint that takes nothing any more does not wait: nothing will be sent.
    """
    resources = resources_of(context)
    pause = await resources.flights.admit(receiver, context.database.clock.now)
    if pause is not None:
        delay = pause * random.uniform(1, 1.5)  # noqa: S311 - spreads load
        if not await _plan_again(body, context, delay, unless_refused=body.endpoint_id is not None):
            await attempt()
    elif not await resources.flights.fly(receiver, attempt()):
        await _plan_again(body, context, timedelta(seconds=resources.settings.lease_seconds))


async def _begin_next(body: Deliver, endpoint_id: UUID, context: JobContext) -> None:
    """Make the first attempt at the endpoint's next delivery."""
    ticket = _Ticket(body.delivery_id, endpoint_id, context)
    due = await resources_of(context).grouped.call(_take, ticket)
    if due is None:
        return
    first = Deliver(delivery_id=due.id, attempt=1)
    if due.refused is not None:
        await _refuse(first, due.refused, context)
    else:
        await _attempt(first, due, context)


async def _take(tickets: Sequence[_Ticket]) -> Sequence[DueDelivery | None]:
    async with tickets[0].context.database.transaction() as unit:
        endpoints = {each.job: each.endpoint_id for each in tickets}
        taken = await repository.take_next(unit.session, endpoints, unit.now)
    return [taken.get(each.job) for each in tickets]


async def _refuse(body: Deliver, reason: GiveUpReason, context: JobContext) -> None:
    async with context.database.transaction(correlation_id=context.correlation_id) as unit:
        await abandon(unit, body, reason)


async def _plan_again(
    body: Deliver, context: JobContext, delay: timedelta, *, unless_refused: bool = False
) -> bool:
    """Have the same attempt made later, unless it is recorded by then; with ``unless_refused`` False if its
    endpoint takes nothing, and then it is not planned."""
    again = _Again(body, delay, context, Cause(context.correlation_id), unless_refused)
    return await resources_of(context).grouped.call(_plan, again)


async def _plan(wanted: Sequence[_Again]) -> Sequence[bool]:
    async with wanted[0].context.database.transaction() as unit:
        asked = {each.body.endpoint_id for each in wanted if each.unless_refused and each.body.endpoint_id}
        taking = await endpoints.find_taking(unit.session, asked) if asked else ()
        planned = [not each.unless_refused or each.body.endpoint_id in taking for each in wanted]
        for each in compress(wanted, planned):
            with each.cause.of(unit):
                await unit.schedule(deliver, each.body, delay=each.delay)
    return planned


async def _attempt(body: Deliver, due: DueDelivery, context: JobContext) -> None:
    """Send, and record what came of it."""
    resources, clock = resources_of(context), context.database.clock
    began = clock.now()
    payload, secrets = _message(due, resources, began)
    headers = signed_headers(due.event_id, payload, secrets, began)
    assert due.url is not None  # noqa: S101 - what is not refused has a receiver
    if __debug__:
        failpoint("before_webhook_is_sent")
    with resources.flights.sending(due.receiver):
        answer = await resources.sender.send(due.url, payload, headers)
    if __debug__:
        failpoint("after_webhook_before_its_record")
    resources.flights.learn(due.receiver, succeeded=is_success(answer.status), now=clock.now())
    record = _record_successes if is_success(answer.status) else _record_failures
    await resources.grouped.call(
        record, _Made(body, due, answer, began, context, Cause(context.correlation_id))
    )


async def _record_successes(made: Sequence[_Made]) -> Sequence[None]:
    """Log the attempts and finish their deliveries; nothing for one that is logged already."""
    by_delivery = {each.due.id: each for each in reversed(made)}
    async with made[0].context.database.transaction() as unit:
        logged = [_succeeded(by_delivery[id]) for id in sorted(by_delivery)]
        recorded = await repository.record_successes(unit.session, logged, unit.now)
        for finished in sorted(recorded, key=lambda one: by_delivery[one.id].due.receiver):
            one = by_delivery[finished.id]
            if finished.endpoint_id is None:
                continue
            with one.cause.of(unit):
                unit.emit(DeliverySucceeded(delivery=DeliverySnapshot.model_validate(finished._asdict())))
            await health.note_success(unit, finished.endpoint_id, one.due.failing_since)
    return [None] * len(made)


async def _record_failures(made: Sequence[_Made]) -> Sequence[None]:
    """All deliveries are locked before any endpoint, and these in their order, as everywhere: so nobody meets
    another crosswise."""
    async with made[0].context.database.transaction() as unit:
        await repository.lock_all(unit.session, sorted({each.due.id for each in made}))
        for each in sorted(made, key=lambda one: (one.due.receiver, one.due.id)):
            with each.cause.of(unit):
                await _record_failure(unit, each)
                await unit.session.flush()
    return [None] * len(made)


async def _record_failure(unit: UnitOfWork, made: _Made) -> None:
    """Log the attempt and plan the next one, or give the delivery up; nothing if it is logged already."""
    delivery = await _lock_pending(unit, made.body)
    if delivery is None:
        return
    answer, settings = made.answer_to_keep, resources_of(made.context).settings
    jitter = random.random()  # noqa: S311 - spreads load, guards nothing
    outcome = outcome_of(
        answer.status,
        made.body.attempt - delivery.earlier_attempts,
        _policy(settings, to_judge=delivery.is_to_judge),
        jitter,
        retry_after=retry_after_of(answer.retry_after, unit.now),
    )
    delay = delivery.record(answer.status, outcome, unit.now)
    unit.session.add(_logged(made))
    if delay is None:
        _tell(unit, delivery, answer)
    else:
        following = Deliver(delivery_id=delivery.id, attempt=made.body.attempt + 1)
        await unit.schedule(deliver, following, delay=delay)
    if delivery.endpoint_id is not None:
        await _note_failure(unit, delivery.endpoint_id, made, settings)


async def _note_failure(unit: UnitOfWork, endpoint_id: UUID, made: _Made, settings: WebhookSettings) -> None:
    if made.answer.status == GONE:
        await health.disable(unit, endpoint_id, DisabledReason.GONE)
    else:
        await health.note_failure(
            unit, endpoint_id, made.due.failing_since, made.began, settings.failing_limit
        )


async def abandon(unit: UnitOfWork, planned: Deliver, reason: GiveUpReason) -> None:
    """Give the delivery up unmade, because its endpoint takes nothing; nothing if it was made meanwhile."""
    delivery = await _lock_pending(unit, planned)
    if delivery is None:
        return
    delivery.abandon(GiveUpReason(reason), unit.now)
    _tell(unit, delivery, None)


async def _lock_pending(unit: UnitOfWork, attempt: Deliver) -> Delivery | None:
    """The delivery, locked, if ``attempt`` is still to be recorded."""
    delivery = await repository.lock(unit.session, attempt.delivery_id)
    if delivery is None or delivery.state != DeliveryState.PENDING or delivery.attempts >= attempt.attempt:
        return None
    return delivery


def _message(due: DueDelivery, resources: Resources, now: datetime) -> tuple[str, Sequence[str]]:
    """The text of an attempt, and the secrets that sign it."""
    if due.task_id is not None:
        payload = judge_requests.rendered(due.payload, resources, now)
        return payload, [judge_requests.secret_of(due.task_id, resources)]
    assert due.secret_encrypted is not None  # noqa: S101 - there is an endpoint or a task
    return due.payload, [resources.vault.decrypt(each) for each in (due.secret_encrypted, *due.old_secrets)]


def _tell(unit: UnitOfWork, delivery: Delivery, answer: Answer | None) -> None:
    """That it was given up."""
    if delivery.is_to_judge:
        unit.emit(_unreached(delivery, answer))
    else:
        unit.emit(DeliveryFailed(delivery=delivery.snapshot()))


def _unreached(delivery: Delivery, answer: Answer | None) -> JudgeUnreached:
    assert delivery.task_id is not None  # noqa: S101 - the database has it so
    return JudgeUnreached(
        evaluation_id=delivery.event_id,
        task_id=delivery.task_id,
        version=delivery.version,
        attempts=delivery.attempts,
        last_status=None if answer is None else answer.status,
        last_error=None if answer is None else answer.error,
    )


def _succeeded(made: _Made) -> MadeAttempt:
    answer = made.answer_to_keep
    assert answer.status is not None  # noqa: S101 - it is 2xx
    return MadeAttempt(
        made.body.delivery_id, made.body.attempt, answer.status, answer.latency_ms, made.began, answer.head
    )


def _logged(made: _Made) -> Attempt:
    answer = made.answer_to_keep
    return Attempt(
        delivery_id=made.body.delivery_id,
        number=made.body.attempt,
        status=answer.status,
        error=answer.error,
        latency_ms=answer.latency_ms,
        started_at=made.began,
        response_head=answer.head,
    )


def _policy(settings: WebhookSettings, *, to_judge: bool) -> RetryPolicy:
    if not to_judge:
        return RetryPolicy(tuple(timedelta(seconds=delay) for delay in settings.delivery_delays_seconds))
    return RetryPolicy.doubling(
        attempts=settings.judge_max_attempts,
        first=timedelta(seconds=settings.judge_first_delay_seconds),
        longest=timedelta(seconds=settings.judge_max_delay_seconds),
    )
