"""Budgets whose review nobody waits for."""

import asyncpg

from joust_embedded.stack import Stack


async def review_passes(stack: Stack, task_id: str) -> None:
    """The review of a closed task's budget is over, and its timer is due; the services do the rest."""
    admin = await asyncpg.connect(stack.database_dsn)
    try:
        async with admin.transaction():
            await admin.execute("UPDATE task.budgets SET settles_at = now() WHERE task_id = $1", task_id)
            await admin.execute(
                "UPDATE task.task_jobs SET next_attempt_at = now() WHERE queue = 'settle_budget' AND timer_id = $1",
                task_id,
            )
            await admin.execute("SELECT pg_notify('outbox_task_jobs', 'settle_budget')")
    finally:
        await admin.close()
