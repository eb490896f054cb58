"""Add what judging needs to tasks.

Columns have defaults in the database, so that a process of the version before can still insert.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0003"
down_revision: str | None = "0002"


def upgrade() -> None:
    """Apply."""
    op.add_column("tasks", sa.Column("eval_image", sa.Text(), nullable=True), schema="task")
    op.add_column(
        "tasks",
        sa.Column("eval_network", sa.Boolean(), nullable=False, server_default=sa.false()),
        schema="task",
    )
    op.add_column(
        "tasks",
        sa.Column("eval_memory_mb", sa.Integer(), nullable=False, server_default="1024"),
        schema="task",
    )
    op.add_column(
        "tasks",
        sa.Column("eval_timeout_seconds", sa.Integer(), nullable=False, server_default="600"),
        schema="task",
    )
    op.add_column("tasks", sa.Column("eval_callback_url", sa.Text(), nullable=True), schema="task")
    op.add_column(
        "tasks",
        sa.Column("test_suite", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        schema="task",
    )
    op.create_check_constraint(
        op.f("ck_tasks_eval_memory_in_bounds"), "tasks", "eval_memory_mb BETWEEN 512 AND 4096", schema="task"
    )
    op.create_check_constraint(
        op.f("ck_tasks_eval_timeout_in_bounds"),
        "tasks",
        "eval_timeout_seconds BETWEEN 600 AND 3600",
        schema="task",
    )
    # Answers show milliseconds, and the cursor of a search is made of what they show.
    op.execute("UPDATE task.tasks SET created_at = date_trunc('milliseconds', created_at)")
