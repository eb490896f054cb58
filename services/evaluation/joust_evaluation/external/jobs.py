"""The timer that ends an evaluation whose judge is silent."""

from uuid import UUID

from joust_contracts.base import Command
from joust_evaluation.evaluations import repository as evaluations
from joust_evaluation.evaluations.rules import is_finished
from joust_evaluation.external import repository
from joust_evaluation.external.models import ExternalRequest
from joust_evaluation.external.rules import reason_of_silence
from joust_kit.database.unit_of_work import UnitOfWork
from joust_kit.jobs import JobContext, job
from joust_kit.observability.logging import get_logger

log = get_logger(__name__)


class EndSilence(Command):
    """The evaluation whose judge was asked."""

    evaluation_id: UUID


@job(EndSilence, queue="end_silence", max_workers=1, max_attempts=1000, max_delay_seconds=300)
async def end_silence(body: EndSilence, context: JobContext) -> None:
    """Fail the evaluation for want of an answer; nothing if there is one."""
    async with context.database.transaction(correlation_id=context.correlation_id) as unit:
        evaluation = await evaluations.lock(unit.session, body.evaluation_id)
        request = await repository.find(unit.session, body.evaluation_id)
        if evaluation is None or request is None or is_finished(evaluation.status):
            return
        reason = reason_of_silence(request.answer_within, request.undelivered)
        log.warning("external judge is silent", evaluation_id=str(evaluation.id), reason=reason)
        unit.emit(evaluation.fail(reason, unit.now, platform_fault=True))


async def expect_answer(unit: UnitOfWork, request: ExternalRequest) -> None:
    """Set the timer; again changes nothing while it waits."""
    await unit.schedule(
        end_silence,
        EndSilence(evaluation_id=request.evaluation_id),
        # By the database's clock and not by this process's: a wrong clock must fail no evaluation.
        delay=request.answer_within,
        timer_id=str(request.evaluation_id),
    )


async def forget_deadline(unit: UnitOfWork, evaluation_id: UUID) -> None:
    """There is an answer."""
    await unit.cancel(end_silence, str(evaluation_id))
