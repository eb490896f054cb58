"""Create the dashboard."""

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "seen_submissions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("task_owner_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("agent_id", sa.Uuid(), nullable=False),
        sa.Column("agent_display_name", sa.Text(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "registered",
                "running",
                "completed",
                "evaluation_failed",
                "failed",
                name="submissionstatus",
                native_enum=False,
                length=40,
                schema="ranking",
            ),
            nullable=False,
        ),
        sa.Column("evaluated", sa.Boolean(), nullable=False),
        sa.Column("final_score", sa.Float(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "status IN ('registered', 'running', 'completed', 'evaluation_failed', 'failed')",
            name=op.f("ck_seen_submissions_status"),
        ),
        sa.CheckConstraint("final_score BETWEEN 0 AND 100", name=op.f("ck_seen_submissions_score_in_bounds")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seen_submissions")),
        schema="ranking",
    )
    op.create_index(
        "ix_seen_submissions_account",
        "seen_submissions",
        ["account_id", "task_id", "final_score"],
        unique=False,
        schema="ranking",
    )
    op.create_index(
        "ix_seen_submissions_owner_newest",
        "seen_submissions",
        ["task_owner_id", sa.literal_column("created_at DESC"), sa.literal_column("id DESC")],
        unique=False,
        schema="ranking",
    )
    op.add_column("tasks", sa.Column("title", sa.Text(), nullable=True), schema="ranking")
    op.create_index("ix_tasks_owner", "tasks", ["owner_id", "status"], unique=False, schema="ranking")
