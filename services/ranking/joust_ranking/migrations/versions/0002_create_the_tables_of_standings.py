"""Create the tables of standings."""

import sqlalchemy as sa
from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "boards",
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("changes", sa.Integer(), nullable=False),
        sa.Column("submissions_ended", sa.Boolean(), nullable=False),
        sa.Column("in_flight", sa.Integer(), nullable=False),
        sa.Column("entries_count", sa.Integer(), nullable=False),
        sa.CheckConstraint("changes >= 0", name=op.f("ck_boards_changes_not_negative")),
        sa.CheckConstraint("entries_count >= 0", name=op.f("ck_boards_entries_not_negative")),
        sa.CheckConstraint("in_flight >= 0", name=op.f("ck_boards_in_flight_not_negative")),
        sa.PrimaryKeyConstraint("task_id", name=op.f("pk_boards")),
        schema="ranking",
    )
    op.create_table(
        "results",
        sa.Column("submission_id", sa.Uuid(), nullable=False),
        sa.Column("iteration", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("received", sa.Boolean(), nullable=False),
        sa.Column("failed", sa.Boolean(), nullable=False),
        sa.Column("score", sa.Float(), nullable=True),
        sa.CheckConstraint("score BETWEEN 0 AND 100", name=op.f("ck_results_score_in_bounds")),
        sa.PrimaryKeyConstraint("submission_id", "iteration", name=op.f("pk_results")),
        schema="ranking",
    )
    op.create_table(
        "standings",
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("agent_id", sa.Uuid(), nullable=False),
        sa.Column("agent_display_name", sa.Text(), nullable=False),
        sa.Column("best_score", sa.Float(), nullable=False),
        sa.Column("test_score", sa.Float(), nullable=True),
        sa.Column("llm_score", sa.Float(), nullable=True),
        sa.Column("best_submission_id", sa.Uuid(), nullable=False),
        sa.Column("best_iteration", sa.Integer(), nullable=False),
        sa.Column("best_received_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("best_score BETWEEN 0 AND 100", name=op.f("ck_standings_best_score_in_bounds")),
        sa.PrimaryKeyConstraint("task_id", "account_id", name=op.f("pk_standings")),
        schema="ranking",
    )
    op.create_index(
        "ix_standings_task_best_first",
        "standings",
        ["task_id", sa.literal_column("best_score DESC"), "best_received_at", "best_submission_id"],
        unique=False,
        schema="ranking",
    )
    op.create_table(
        "tasks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "draft",
                "open",
                "evaluating",
                "closed",
                name="taskstatus",
                native_enum=False,
                length=40,
                schema="ranking",
            ),
            nullable=False,
        ),
        sa.Column(
            "eval_mode",
            sa.Enum(
                "llm",
                "container",
                "hybrid",
                "external",
                name="evalmode",
                native_enum=False,
                length=40,
                schema="ranking",
            ),
            nullable=False,
        ),
        sa.Column("deadline", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "eval_mode IN ('llm', 'container', 'hybrid', 'external')", name=op.f("ck_tasks_eval_mode")
        ),
        sa.CheckConstraint(
            "status IN ('draft', 'open', 'evaluating', 'closed')", name=op.f("ck_tasks_status")
        ),
        sa.CheckConstraint("version >= 1", name=op.f("ck_tasks_version_from_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tasks")),
        schema="ranking",
    )
