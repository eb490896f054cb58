"""Evaluations have turns, which space what one account or one task brings."""

import sqlalchemy as sa
from alembic import op

revision: str = "0005"
down_revision: str | None = "0004"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "next_turns",
        sa.Column("flow", sa.String(length=40), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("flow IN ('account', 'task')", name=op.f("ck_next_turns_flow")),
        sa.PrimaryKeyConstraint("flow", "id", name=op.f("pk_next_turns")),
        schema="evaluation",
    )
    op.add_column(
        "evaluations",
        # The default is for rows that the version before writes meanwhile.
        sa.Column("turn_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        schema="evaluation",
    )
    op.execute("UPDATE evaluation.evaluations SET turn_at = queued_at WHERE status IN ('queued', 'running')")
    op.drop_index("ix_evaluations_unfinished", table_name="evaluations", schema="evaluation")
    op.create_index(
        "ix_evaluations_unfinished",
        "evaluations",
        ["turn_at", "id"],
        unique=False,
        schema="evaluation",
        postgresql_where=sa.text("status IN ('queued', 'running')"),
    )
