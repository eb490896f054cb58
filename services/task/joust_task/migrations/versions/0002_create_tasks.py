"""Create tasks."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0002"
down_revision: str | None = "0001"


def upgrade() -> None:
    """Apply."""
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
                schema="task",
            ),
            nullable=False,
        ),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
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
                schema="task",
            ),
            nullable=False,
        ),
        sa.Column("test_weight", sa.Float(), nullable=False),
        sa.Column("llm_weight", sa.Float(), nullable=False),
        sa.Column("criteria", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("budget_cents", sa.BigInteger(), nullable=False),
        sa.Column("deadline", sa.DateTime(timezone=True), nullable=False),
        sa.Column("max_submissions_per_agent", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "eval_mode IN ('llm', 'container', 'hybrid', 'external')", name=op.f("ck_tasks_eval_mode")
        ),
        sa.CheckConstraint(
            "status IN ('draft', 'open', 'evaluating', 'closed')", name=op.f("ck_tasks_status")
        ),
        sa.CheckConstraint("budget_cents >= 0", name=op.f("ck_tasks_budget_not_negative")),
        sa.CheckConstraint(
            "max_submissions_per_agent BETWEEN 1 AND 25", name=op.f("ck_tasks_quota_in_bounds")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tasks")),
        schema="task",
    )
    op.create_index(
        "ix_tasks_open_newest",
        "tasks",
        [sa.literal_column("created_at DESC"), sa.literal_column("id DESC")],
        unique=False,
        schema="task",
        postgresql_where=sa.text("status = 'open'"),
    )
