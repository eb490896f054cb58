"""The job that judges: fetch, start, judge outside of any transaction, write the result once.

It may run twice, and two workers may run it at the same time; the row's lock and status see to it that
one result is written and told.
"""

from datetime import timedelta
from typing import BinaryIO, assert_never
from uuid import UUID

from joust_contracts.base import Command
from joust_contracts.events.evaluations import Judgement
from joust_contracts.vocabulary import EvalMode
from joust_evaluation.evaluations import repository
from joust_evaluation.evaluations.commands import complete_evaluation, fail_evaluation, start_evaluation
from joust_evaluation.evaluations.fetching import Lost, Unreachable, Unusable, fetched
from joust_evaluation.evaluations.judging import judge
from joust_evaluation.evaluations.lanes import Lane, lane_of
from joust_evaluation.evaluations.models import Evaluation
from joust_evaluation.evaluations.outcomes import Judged, Outcome, Retry, Terminal, Wait
from joust_evaluation.evaluations.rules import (
    NOT_WRITABLE,
    has_waited_too_long,
    is_finished,
    is_in_hand,
    timer_of,
)
from joust_evaluation.external.asking import ask_judge
from joust_evaluation.modes.case import Case
from joust_evaluation.modes.trail import Trail
from joust_evaluation.queue.rules import delay_of_turn
from joust_evaluation.resources import resources_of
from joust_evaluation.tasks.models import KnownTask
from joust_kit.background import backoff_seconds
from joust_kit.database.failures import is_contention, is_unavailable
from joust_kit.failpoints import failpoint
from joust_kit.jobs import Job, JobContext, job
from joust_kit.observability.logging import get_logger

log = get_logger(__name__)

_FIRST_WAIT_SECONDS = 0.2
_MAX_WAIT_SECONDS = 30.0
_FIRST_PAUSE_SECONDS = 0.2
_MAX_PAUSE_SECONDS = 60.0
MAX_ATTEMPTS = 10
"""How often a judge that fails is asked."""


class EvaluateSubmission(Command):
    """The evaluation to run, with what became of it so far."""

    evaluation_id: UUID
    waits: int = 0
    """How often it had to wait for parts of ours."""
    attempt: int = 1
    """The judge's try, from 1."""

    def timer_id(self) -> str:
        """Name of this job, which is there once, also if the one before it runs twice."""
        return timer_of(self.evaluation_id, self.attempt, self.waits)


@job(
    EvaluateSubmission,
    queue="evaluate",
    max_workers=2,  # bootstrap sets this, and how the lease follows from the judge's timeout
    max_attempts=10,
    lease_seconds=30,
    first_delay_seconds=0.2,
    max_delay_seconds=60,
)
async def evaluate(body: EvaluateSubmission, context: JobContext) -> None:
    """Bring the evaluation to its end, or into the long lane, or let it come back later."""
    await _evaluate(body, context, Lane.QUICK)


@job(
    EvaluateSubmission,
    queue="evaluate_long",
    max_workers=2,  # bootstrap sets this
    max_attempts=10,
    lease_seconds=30,
    renews_lease=True,
    first_delay_seconds=0.2,
    max_delay_seconds=60,
)
async def evaluate_long(body: EvaluateSubmission, context: JobContext) -> None:
    """The same for work that executes something, which may take an hour."""
    await _evaluate(body, context, Lane.LONG)


@job(
    EvaluateSubmission,
    queue="evaluate_external",
    max_workers=1,
    max_attempts=10,
    lease_seconds=30,
    first_delay_seconds=0.2,
    max_delay_seconds=60,
)
async def evaluate_external(body: EvaluateSubmission, context: JobContext) -> None:
    """Ask the poster's own judge, which waits for no judge of ours."""
    await _evaluate(body, context, Lane.ASKING)


def job_of(lane: Lane | None) -> Job[EvaluateSubmission]:
    """The job that judges in the lane; where that is not known yet, the quick one finds out."""
    match lane:
        case Lane.LONG:
            return evaluate_long
        case Lane.ASKING:
            return evaluate_external
        case Lane.QUICK | None:
            return evaluate
        case _:
            assert_never(lane)


async def _evaluate(body: EvaluateSubmission, context: JobContext, lane: Lane) -> None:
    async with context.database.reading() as session:
        evaluation, task = await repository.find_with_task(session, body.evaluation_id)
    if evaluation is None or is_finished(evaluation.status):
        return
    if task is not None and lane is Lane.QUICK and lane_of(task) is Lane.LONG:
        await _move_to_the_long_lane(body, evaluation, context)
        return
    if task is not None and task.eval_mode is EvalMode.EXTERNAL:
        await _ask_the_posters_judge(body.evaluation_id, task, context)
        return
    outcome = await _try(evaluation, task, context)
    if outcome is not None:
        await _act(outcome, body, evaluation, context)


async def _move_to_the_long_lane(
    body: EvaluateSubmission, evaluation: Evaluation, context: JobContext
) -> None:
    async with context.database.transaction(correlation_id=context.correlation_id) as unit:
        turn = delay_of_turn(evaluation.turn_at, unit.now)
        await unit.schedule(evaluate_long, body, timer_id=body.timer_id(), delay=turn)


@job(EvaluateSubmission, queue="evaluate_later", max_workers=1, max_attempts=10, lease_seconds=30)
async def evaluate_later(body: EvaluateSubmission, context: JobContext) -> None:
    """After a pause, queue up again where the evaluation stood: nobody who came later goes first."""
    async with context.database.reading() as session:
        evaluation, task = await repository.find_with_task(session, body.evaluation_id)
    if evaluation is None or is_finished(evaluation.status):
        return
    again = job_of(None if task is None else lane_of(task))
    async with context.database.transaction(correlation_id=context.correlation_id) as unit:
        turn = delay_of_turn(evaluation.turn_at, unit.now)
        await unit.schedule(again, body, timer_id=body.timer_id(), delay=turn)


async def _ask_the_posters_judge(evaluation_id: UUID, task: KnownTask, context: JobContext) -> None:
    parts = resources_of(context).external
    async with context.database.transaction(correlation_id=context.correlation_id) as unit:
        await ask_judge(unit, evaluation_id, task, parts)


class EvaluateAgain(Command):
    """An evaluation whose result somebody misses; its own job may be lost."""

    evaluation_id: UUID


@job(EvaluateAgain, queue="evaluate_again", max_workers=1, max_attempts=10, lease_seconds=30)
async def evaluate_again(body: EvaluateAgain, context: JobContext) -> None:
    """Evaluate as the evaluation's own job does, unless a worker has it in hand just now."""
    async with context.database.reading() as session:
        evaluation, task = await repository.find_with_task(session, body.evaluation_id)
    if evaluation is None:
        return
    longest = timedelta(seconds=resources_of(context).in_hand_for(task))
    if is_in_hand(evaluation.status, evaluation.started_at, longest, context.database.clock.now()):
        return
    await evaluate.run(EvaluateSubmission(evaluation_id=evaluation.id), context)


async def _try(evaluation: Evaluation, task: KnownTask | None, context: JobContext) -> Outcome | None:
    """One try; ``None`` if another worker came to an end meanwhile."""
    if task is None:
        return Wait("The task of this submission is not known to the judge yet.")
    resources = resources_of(context)
    if __debug__:
        failpoint("before_download")
    try:
        async with fetched(evaluation.stored_artifact(), resources) as artifact:
            if __debug__:
                failpoint("after_download_before_start")
            async with context.database.transaction(correlation_id=context.correlation_id) as unit:
                began = await start_evaluation(unit, evaluation.id, task.eval_mode)
            if __debug__:
                failpoint("after_start_before_judging")
            return await judge(_case(evaluation, task, artifact), resources) if began else None
    except Unreachable as error:
        return Wait(str(error))
    except Unusable as error:
        return Terminal(str(error), platform_fault=isinstance(error, Lost))


def _case(evaluation: Evaluation, task: KnownTask, artifact: BinaryIO) -> Case:
    return Case(
        evaluation_id=evaluation.id,
        submission_id=evaluation.submission_id,
        iteration=evaluation.iteration,
        task=task,
        artifact=artifact,
    )


async def _act(
    outcome: Outcome, body: EvaluateSubmission, evaluation: Evaluation, context: JobContext
) -> None:
    match outcome:
        case Judged(judgement, trail):
            if __debug__:
                failpoint("after_judging_before_result")
            await _complete(judgement, trail, evaluation, context)
        case Terminal(reason, platform_fault):
            await _fail(reason, evaluation, context, platform_fault=platform_fault)
        case Retry(reason):
            await _try_again(reason, body, evaluation, context)
        case Wait(reason):
            await _wait(reason, body, evaluation, context)
        case _:
            assert_never(outcome)


async def _complete(judgement: Judgement, trail: Trail, evaluation: Evaluation, context: JobContext) -> None:
    """Write the result. One that the database refuses is a failure of ours: a judge that is asked again would
    cost as much again, and most likely say what can't be written either."""
    try:
        async with context.database.transaction(correlation_id=context.correlation_id) as unit:
            await complete_evaluation(unit, evaluation.id, judgement, trail)
    except Exception as error:
        if is_unavailable(error) or is_contention(error):
            raise
        log.exception("result can't be written", evaluation_id=str(evaluation.id))
        await _fail(NOT_WRITABLE, evaluation, context, platform_fault=True)


async def _fail(reason: str, evaluation: Evaluation, context: JobContext, *, platform_fault: bool) -> None:
    log.warning("evaluation failed", evaluation_id=str(evaluation.id), reason=reason)
    async with context.database.transaction(correlation_id=context.correlation_id) as unit:
        await fail_evaluation(unit, evaluation.id, reason, platform_fault=platform_fault)


async def _try_again(
    reason: str, body: EvaluateSubmission, evaluation: Evaluation, context: JobContext
) -> None:
    if body.attempt >= MAX_ATTEMPTS:
        tried = f"{reason} (given up after {body.attempt} attempts)"
        await _fail(tried, evaluation, context, platform_fault=True)
        return
    pause = backoff_seconds(body.attempt, _FIRST_PAUSE_SECONDS, _MAX_PAUSE_SECONDS)
    log.warning("judge failed", evaluation_id=str(evaluation.id), reason=reason, attempt=body.attempt)
    await _later(body.model_copy(update={"attempt": body.attempt + 1}), pause, context)


async def _wait(reason: str, body: EvaluateSubmission, evaluation: Evaluation, context: JobContext) -> None:
    """Come back later with a new job, so that waiting costs none of the judge's attempts."""
    if has_waited_too_long(evaluation.queued_at, context.database.clock.now()):
        await _fail(f"{reason} Ask for a re-evaluation later.", evaluation, context, platform_fault=True)
        return
    waits = body.waits + 1
    log.info("evaluation waits", evaluation_id=str(evaluation.id), reason=reason, waits=waits)
    pause = backoff_seconds(waits, _FIRST_WAIT_SECONDS, _MAX_WAIT_SECONDS)
    await _later(body.model_copy(update={"waits": waits}), pause, context)


async def _later(body: EvaluateSubmission, pause_seconds: float, context: JobContext) -> None:
    if __debug__:
        failpoint("after_wait_before_its_new_job")
    async with context.database.transaction(correlation_id=context.correlation_id) as unit:
        delay = timedelta(seconds=pause_seconds)
        await unit.schedule(evaluate_later, body, delay=delay, timer_id=body.timer_id())
