"""Deeds that follow on others' events."""

from joust_contracts.events import Event, SubmissionReceived
from joust_evaluation.evaluations.commands import queue_evaluation
from joust_evaluation.evaluations.jobs import EvaluateSubmission, evaluate
from joust_kit.database.unit_of_work import UnitOfWork
from joust_kit.messaging.subscriptions import handles


@handles(SubmissionReceived)
async def queue_evaluation_on_submission_received(event: Event[SubmissionReceived], unit: UnitOfWork) -> None:
    """Evaluate each iteration once."""
    evaluation_id = await queue_evaluation(unit, event.data.submission)
    if evaluation_id is not None:
        await unit.schedule(evaluate, EvaluateSubmission(evaluation_id=evaluation_id))
