"""Try judges on samples: which samples a task has, and what came of it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0009"
down_revision: str | None = "0008"

_STATUSES = ("pending", "running", "ready", "not_ready", "failed")


def upgrade() -> None:
    """Apply."""
    for name in ("reference_sample", "cheat_sample"):
        column = sa.Column(name, postgresql.JSONB(none_as_null=True), nullable=True)
        op.add_column("tasks", column, schema="evaluation")
    op.create_table(
        "readiness",
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("check_id", sa.Uuid(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(*_STATUSES, name="readinessstatus", native_enum=False, length=40, schema="evaluation"),
            nullable=False,
        ),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("reference_score", sa.Float(), nullable=True),
        sa.Column("cheat_score", sa.Float(), nullable=True),
        sa.Column("margin", sa.Float(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("image_digest", sa.Text(), nullable=True),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "status IN ('pending', 'running', 'ready', 'not_ready', 'failed')",
            name=op.f("ck_readiness_status"),
        ),
        sa.CheckConstraint(
            "(status IN ('pending', 'running')) = (finished_at IS NULL)",
            name=op.f("ck_readiness_finished_has_time"),
        ),
        sa.CheckConstraint(
            "(status IN ('not_ready', 'failed')) = (reason IS NOT NULL)",
            name=op.f("ck_readiness_unsuccessful_has_reason"),
        ),
        sa.CheckConstraint(
            "status <> 'ready' OR reference_score IS NOT NULL", name=op.f("ck_readiness_ready_has_score")
        ),
        sa.PrimaryKeyConstraint("task_id", name=op.f("pk_readiness")),
        schema="evaluation",
    )
