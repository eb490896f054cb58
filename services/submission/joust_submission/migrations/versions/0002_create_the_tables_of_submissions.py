"""Create the tables of submissions."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0002"
down_revision: str | None = "0001"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "quotas",
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.CheckConstraint("used BETWEEN 1 AND 25", name=op.f("ck_quotas_used_in_bounds")),
        sa.PrimaryKeyConstraint("task_id", "account_id", name=op.f("pk_quotas")),
        schema="submission",
    )
    op.create_table(
        "submissions",
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
                schema="submission",
            ),
            nullable=False,
        ),
        sa.Column("evaluated", sa.Boolean(), nullable=False),
        sa.Column("iteration", sa.Integer(), nullable=False),
        sa.Column("artifact", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("judgement", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("error_message", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("scored_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(status IN ('evaluation_failed', 'failed')) = (error_message IS NOT NULL)",
            name=op.f("ck_submissions_failed_with_message"),
        ),
        sa.CheckConstraint(
            "NOT evaluated OR (status = 'completed' AND judgement IS NOT NULL)",
            name=op.f("ck_submissions_evaluated_with_score"),
        ),
        sa.CheckConstraint(
            "status IN ('registered', 'failed') OR artifact IS NOT NULL",
            name=op.f("ck_submissions_artifact_to_evaluate"),
        ),
        sa.CheckConstraint(
            "status IN ('registered', 'running', 'completed', 'evaluation_failed', 'failed')",
            name=op.f("ck_submissions_status"),
        ),
        sa.CheckConstraint(
            "(artifact IS NULL) = (received_at IS NULL)", name=op.f("ck_submissions_received_with_artifact")
        ),
        sa.CheckConstraint(
            "(judgement IS NULL) = (scored_at IS NULL)", name=op.f("ck_submissions_scored_with_judgement")
        ),
        sa.CheckConstraint("iteration >= 1", name=op.f("ck_submissions_iteration_from_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_submissions")),
        schema="submission",
    )
    op.create_index(
        "ix_submissions_latest_of_agent",
        "submissions",
        ["task_id", "agent_id", sa.literal_column("created_at DESC"), sa.literal_column("id DESC")],
        unique=False,
        schema="submission",
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
                schema="submission",
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
                schema="submission",
            ),
            nullable=False,
        ),
        sa.Column("deadline", sa.DateTime(timezone=True), nullable=False),
        sa.Column("max_submissions_per_agent", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "eval_mode IN ('llm', 'container', 'hybrid', 'external')", name=op.f("ck_tasks_eval_mode")
        ),
        sa.CheckConstraint(
            "status IN ('draft', 'open', 'evaluating', 'closed')", name=op.f("ck_tasks_status")
        ),
        sa.CheckConstraint(
            "max_submissions_per_agent BETWEEN 1 AND 25", name=op.f("ck_tasks_quota_in_bounds")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tasks")),
        schema="submission",
    )
