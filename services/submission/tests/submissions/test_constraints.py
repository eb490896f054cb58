"""Rows that the database refuses, whatever the code does."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from joust_kit.testing.component import an_actor
from services.submission.tests.conftest import Arena


@pytest.mark.parametrize(
    "change",
    [
        "status = 'won'",
        "iteration = 0",
        "artifact = NULL",
        "received_at = NULL",
        "evaluated = true",
        "status = 'completed', evaluated = true",
        "judgement = '{}'",
        "scored_at = now()",
        "status = 'evaluation_failed'",
        "error_message = 'odd'",
        "iteration = 2",
        "re_eval_requested_at = now()",
        "given_up = true",
        "times_told_again = -1",
    ],
)
async def test_a_submission_that_contradicts_itself_is_refused(arena: Arena, change: str) -> None:
    submission = await arena.submitted(an_actor(), await arena.open_task())
    with pytest.raises(IntegrityError):
        async with arena.service.database.transaction() as unit:
            await unit.session.execute(
                text(f"UPDATE submission.submissions SET {change} WHERE id = :id"), {"id": submission.id}
            )


@pytest.mark.parametrize("change", ["status = 'won'", "eval_mode = 'coin'", "max_submissions_per_agent = 26"])
async def test_a_task_that_no_event_could_tell_of_is_refused(arena: Arena, change: str) -> None:
    task = await arena.open_task()
    with pytest.raises(IntegrityError):
        async with arena.service.database.transaction() as unit:
            await unit.session.execute(
                text(f"UPDATE submission.tasks SET {change} WHERE id = :id"), {"id": task.id}
            )
