"""Competitions whose deadlines nobody waits for."""

from datetime import timedelta
from enum import StrEnum

import asyncpg

from joust_embedded.stack import Stack


class Deadline(StrEnum):
    """What passes: a column of the task service, and the step that its timer takes."""

    SUBMISSION = "submission_deadline"
    WINNER = "winner_deadline"


_STEPS = {Deadline.SUBMISSION: "close_submissions", Deadline.WINNER: "expire"}
_MOMENT = timedelta(milliseconds=1)
"""Events tell no shorter times."""


async def deadlines_pass(stack: Stack, competition_id: str, *deadlines: Deadline) -> None:
    """They are a moment ago, in their order, and their timers are due; the services do the rest."""
    moments = {deadline: (place - len(deadlines)) * _MOMENT for place, deadline in enumerate(deadlines)}
    await _move(stack, competition_id, moments, *(_STEPS[deadline] for deadline in deadlines))


async def reminder_is_due(stack: Stack, competition_id: str) -> None:
    """Its submissions ended an hour ago, and a winner may be chosen for some minutes more."""
    moments = {Deadline.SUBMISSION: -timedelta(hours=1), Deadline.WINNER: timedelta(minutes=30)}
    await _move(stack, competition_id, moments, "close_submissions", "remind")


async def _move(stack: Stack, competition_id: str, moments: dict[Deadline, timedelta], *steps: str) -> None:
    admin = await asyncpg.connect(stack.database_dsn)
    try:
        async with admin.transaction():
            for deadline, from_now in moments.items():
                await admin.execute(
                    f"UPDATE task.competitions SET {deadline} = now() + $2 WHERE id = $1",
                    competition_id,
                    from_now,
                )
            for step in steps:
                await admin.execute(
                    "UPDATE task.task_jobs SET next_attempt_at = now() WHERE timer_id = $1",
                    f"{competition_id}:{step}",
                )
            await admin.execute("SELECT pg_notify('outbox_task_jobs', 'move_competition')")
    finally:
        await admin.close()
