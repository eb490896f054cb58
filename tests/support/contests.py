"""Competitions whose deadlines nobody waits for."""

from enum import StrEnum

import asyncpg

from joust_embedded.stack import Stack


class Deadline(StrEnum):
    """What passes: a column of the task service, and the step that its timer takes."""

    SUBMISSION = "submission_deadline"
    WINNER = "winner_deadline"


_STEPS = {Deadline.SUBMISSION: "close_submissions", Deadline.WINNER: "expire"}


async def deadlines_pass(stack: Stack, competition_id: str, *deadlines: Deadline) -> None:
    """They are a moment ago, in their order, and their timers are due; the services do the rest."""
    admin = await asyncpg.connect(stack.database_dsn)
    try:
        async with admin.transaction():
            for place, deadline in enumerate(deadlines):
                await admin.execute(
                    f"UPDATE task.competitions SET {deadline} = now() + $2 * interval '1 microsecond' "
                    "WHERE id = $1",
                    competition_id,
                    float(place - len(deadlines)),
                )
                await admin.execute(
                    "UPDATE task.task_jobs SET next_attempt_at = now() WHERE timer_id = $1",
                    f"{competition_id}:{_STEPS[deadline]}",
                )
            await admin.execute("SELECT pg_notify('outbox_task_jobs', 'move_competition')")
    finally:
        await admin.close()
