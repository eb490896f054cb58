"""Add whose fault a failed evaluation is, and the indexes of the queue."""

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"


def upgrade() -> None:
    """Apply."""
    op.add_column(
        "evaluations",
        # The default is for rows that are there, and for those that the version before writes meanwhile.
        sa.Column("platform_fault", sa.Boolean(), nullable=False, server_default=sa.false()),
        schema="evaluation",
    )
    op.create_check_constraint(
        op.f("ck_evaluations_fault_of_failed"),
        "evaluations",
        "NOT platform_fault OR status = 'failed'",
        schema="evaluation",
    )
    op.create_index(
        "ix_evaluations_unfinished",
        "evaluations",
        ["queued_at", "id"],
        unique=False,
        schema="evaluation",
        postgresql_where=sa.text("status IN ('queued', 'running')"),
    )
    op.create_index(
        "ix_evaluations_judged_newest",
        "evaluations",
        [sa.literal_column("finished_at DESC")],
        unique=False,
        schema="evaluation",
        postgresql_where=sa.text("status = 'completed'"),
    )
