"""Create the tables of evaluations."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0002"
down_revision: str | None = "0001"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "evaluations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("submission_id", sa.Uuid(), nullable=False),
        sa.Column("iteration", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("task_owner_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("agent_id", sa.Uuid(), nullable=False),
        sa.Column("agent_display_name", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("artifact", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
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
                schema="evaluation",
            ),
            nullable=True,
        ),
        sa.Column(
            "status",
            sa.Enum(
                "queued",
                "running",
                "completed",
                "failed",
                name="evaluationstatus",
                native_enum=False,
                length=40,
                schema="evaluation",
            ),
            nullable=False,
        ),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("judgement", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("failure_reason", sa.Text(), nullable=True),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(status = 'completed') = (judgement IS NOT NULL)",
            name=op.f("ck_evaluations_completed_has_judgement"),
        ),
        sa.CheckConstraint(
            "(status = 'failed') = (failure_reason IS NOT NULL)",
            name=op.f("ck_evaluations_failed_has_reason"),
        ),
        sa.CheckConstraint(
            "(status IN ('completed', 'failed')) = (finished_at IS NOT NULL)",
            name=op.f("ck_evaluations_finished_has_time"),
        ),
        sa.CheckConstraint(
            "eval_mode IS NULL OR eval_mode IN ('llm', 'container', 'hybrid', 'external')",
            name=op.f("ck_evaluations_eval_mode"),
        ),
        sa.CheckConstraint(
            "status IN ('queued', 'running', 'completed', 'failed')", name=op.f("ck_evaluations_status")
        ),
        sa.CheckConstraint("iteration >= 1", name=op.f("ck_evaluations_iteration_from_1")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evaluations")),
        sa.UniqueConstraint(
            "submission_id", "iteration", name=op.f("uq_evaluations_submission_id_iteration")
        ),
        schema="evaluation",
    )
    op.create_table(
        "tasks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("input_spec", sa.Text(), nullable=False),
        sa.Column("output_spec", sa.Text(), nullable=False),
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
                schema="evaluation",
            ),
            nullable=False,
        ),
        sa.Column("criteria", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint(
            "eval_mode IN ('llm', 'container', 'hybrid', 'external')", name=op.f("ck_tasks_eval_mode")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tasks")),
        schema="evaluation",
    )
