"""Results of evaluations: taken once for each iteration, told once, and dropped visibly when stale."""

import asyncio
from itertools import permutations

import pytest
from sqlalchemy import text

from joust_contracts.events import (
    EvaluationCompleted,
    EvaluationFailed,
    SubmissionCompleted,
    SubmissionFailed,
    SubmissionReceived,
)
from joust_contracts.events.submissions import SubmissionSnapshot
from joust_kit.ids import RandomIds
from joust_kit.messaging.inbox import Outcome
from joust_kit.testing.component import an_actor
from joust_submission.submissions.errors import InvalidTransition, UnexpectedResult
from services.submission.tests.conftest import Arena, stale

COMPLETED, FAILED = EvaluationCompleted.wire_type(), EvaluationFailed.wire_type()


@pytest.fixture
async def running(arena: Arena) -> SubmissionSnapshot:
    return await arena.submitted(an_actor(), await arena.open_task())


async def told_of(arena: Arena, submission: SubmissionSnapshot) -> list[tuple[str, int]]:
    told = [each for each in await arena.service.all_emitted() if each.subject == submission.id]
    return [(each.type, each.aggregate_version) for each in told]


async def begin_next_iteration(arena: Arena, submission: SubmissionSnapshot) -> None:
    """What a re-evaluation does."""
    async with arena.service.database.transaction() as unit:
        await unit.session.execute(
            text(
                "UPDATE submission.submissions SET status = 'running', evaluated = false, iteration = 2, "
                "error_message = NULL, version = version + 1, re_eval_requested_at = now() WHERE id = :id"
            ),
            {"id": submission.id},
        )


async def test_a_judgement_completes_the_submission_and_is_told(
    arena: Arena, running: SubmissionSnapshot
) -> None:
    await arena.service.deliver(arena.completed(running, score=81.5))
    (told,) = await arena.service.emitted(SubmissionCompleted, aggregate_id=running.id)
    assert (told.submission.status, told.submission.evaluated) == ("completed", True)
    assert told.submission.final_score == 81.5
    assert told.submission.artifact == running.artifact
    assert (await arena.row(running.id))["judgement"]["judge"] == "offline"


async def test_a_failed_evaluation_leaves_no_score_and_is_told_with_its_reason(
    arena: Arena, running: SubmissionSnapshot
) -> None:
    await arena.service.deliver(arena.failed(running))
    (told,) = await arena.service.emitted(SubmissionFailed, aggregate_id=running.id)
    assert (told.submission.status, told.submission.evaluated) == ("evaluation_failed", False)
    assert told.submission.error_message == "the judge did not answer"
    assert told.submission.final_score is None


async def test_the_same_event_twice_is_told_once(arena: Arena, running: SubmissionSnapshot) -> None:
    data, event_id = arena.completed(running), RandomIds().new()
    assert await arena.service.deliver(data, event_id=event_id) is Outcome.HANDLED
    assert await arena.service.deliver(data, event_id=event_id) is Outcome.DUPLICATE
    assert await told_of(arena, running) == [
        (SubmissionReceived.wire_type(), 1),
        (SubmissionCompleted.wire_type(), 2),
    ]


async def test_a_second_result_of_the_same_iteration_is_dropped_and_counted(
    arena: Arena, running: SubmissionSnapshot
) -> None:
    await arena.service.deliver(arena.completed(running, score=60))
    before = await arena.row(running.id)
    dropped = stale(COMPLETED), stale(FAILED)
    await arena.service.deliver(arena.completed(running, score=99))
    await arena.service.deliver(arena.failed(running))
    assert await arena.row(running.id) == before
    assert (stale(COMPLETED), stale(FAILED)) == (dropped[0] + 1, dropped[1] + 1)
    assert len(await told_of(arena, running)) == 2


async def test_many_results_at_once_write_one_score(arena: Arena, running: SubmissionSnapshot) -> None:
    events = [arena.completed(running, score=score) for score in (10, 20, 30, 40, 50)]
    await asyncio.gather(*(arena.service.deliver(each) for each in events))
    (told,) = await arena.service.emitted(SubmissionCompleted, aggregate_id=running.id)
    assert (await arena.row(running.id))["judgement"]["final_score"] == told.submission.final_score
    assert told.submission.version == 2


@pytest.mark.parametrize("order", list(permutations(range(3))))
async def test_results_of_two_iterations_end_the_same_in_any_order(
    arena: Arena, running: SubmissionSnapshot, order: tuple[int, ...]
) -> None:
    await begin_next_iteration(arena, running)
    events = [
        arena.failed(running, iteration=1),
        arena.completed(running, iteration=1, score=11),
        arena.completed(running, iteration=2, score=22),
    ]
    for index in order:
        await arena.service.deliver(events[index])
    row = await arena.row(running.id)
    assert (row["status"], row["evaluated"], row["error_message"]) == ("completed", True, None)
    assert (row["judgement"]["final_score"], row["version"]) == (22, 3)


async def test_a_result_for_an_unknown_submission_is_to_be_tried_again(
    arena: Arena, running: SubmissionSnapshot
) -> None:
    unknown = running.model_copy(update={"id": RandomIds().new()})
    for event in (arena.completed(unknown), arena.failed(unknown)):
        with pytest.raises(UnexpectedResult):
            await arena.service.deliver(event)


async def test_a_result_of_an_iteration_to_come_is_to_be_tried_again(
    arena: Arena, running: SubmissionSnapshot
) -> None:
    event, event_id = arena.completed(running, iteration=2), RandomIds().new()
    with pytest.raises(UnexpectedResult):
        await arena.service.deliver(event, event_id=event_id)
    await begin_next_iteration(arena, running)
    assert await arena.service.deliver(event, event_id=event_id) is Outcome.HANDLED
    assert (await arena.row(running.id))["status"] == "completed"


async def test_a_result_for_a_submission_without_an_artifact_is_an_error(
    arena: Arena, running: SubmissionSnapshot
) -> None:
    async with arena.service.database.transaction() as unit:
        await unit.session.execute(
            text(
                "UPDATE submission.submissions SET status = 'registered', artifact = NULL, "
                "received_at = NULL, upload_until = now() WHERE id = :id"
            ),
            {"id": running.id},
        )
    with pytest.raises(InvalidTransition):
        await arena.service.deliver(arena.completed(running))
