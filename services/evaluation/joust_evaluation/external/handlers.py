"""Deeds that follow on what the webhook service tells of requests to judges."""

from joust_contracts.events import Event, JudgeUnreached
from joust_evaluation.external import repository
from joust_evaluation.external.rules import reason_of_no_delivery
from joust_kit.database.unit_of_work import UnitOfWork
from joust_kit.messaging.subscriptions import handles
from joust_kit.observability.metrics import STALE_EVENTS


@handles(JudgeUnreached)
async def note_no_delivery_on_judge_unreached(event: Event[JudgeUnreached], unit: UnitOfWork) -> None:
    """Known for the day on which the evaluation fails; until then the judge may still come for its work."""
    request = await repository.find(unit.session, event.data.evaluation_id)
    if request is None or request.undelivered is not None:
        STALE_EVENTS.labels(event.type).inc()
        return
    request.undelivered = reason_of_no_delivery(event.data)
