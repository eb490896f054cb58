"""Compare the best two of a task with escrow."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0011"
down_revision: str | None = "0010"

_OUTCOMES = ("preferred", "undecided", "not_compared")


def upgrade() -> None:
    """Apply."""
    escrow = sa.Column("escrow", sa.Boolean(), nullable=False, server_default=sa.false())
    op.add_column("tasks", escrow, schema="evaluation")
    op.create_table(
        "compared_pairs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("first_id", sa.Uuid(), nullable=False),
        sa.Column("second_id", sa.Uuid(), nullable=False),
        sa.Column("outcome", _word("comparisonoutcome", *_OUTCOMES), nullable=False),
        sa.Column("preferred_id", sa.Uuid(), nullable=True),
        sa.Column("opinions", postgresql.JSONB(none_as_null=True), nullable=False),
        sa.Column("judge", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("asked", postgresql.JSONB(none_as_null=True), nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=False),
        *_checks(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_compared_pairs")),
        sa.UniqueConstraint(
            "task_id", "first_id", "second_id", name=op.f("uq_compared_pairs_task_id_first_id_second_id")
        ),
        schema="evaluation",
    )


def _checks() -> list[sa.CheckConstraint]:
    conditions = {
        "pair_in_order": "first_id < second_id",
        "outcome": f"outcome IN {_OUTCOMES}",
        "preferred_names_one": "(outcome = 'preferred') = (preferred_id IS NOT NULL)",
        "preferred_is_of_the_pair": "preferred_id IN (first_id, second_id)",
        "not_compared_has_reason": "(outcome = 'not_compared') = (reason IS NOT NULL)",
    }
    return [
        sa.CheckConstraint(condition, name=op.f(f"ck_compared_pairs_{name}"))
        for name, condition in conditions.items()
    ]


def _word(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, length=40, schema="evaluation")
