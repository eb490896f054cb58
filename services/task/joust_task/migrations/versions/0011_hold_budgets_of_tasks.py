"""Hold the budgets of tasks with escrow.

New columns of tasks have defaults in the database, so that a process of the version before can still insert.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0011"
down_revision: str | None = "0010"

_STATUSES = ("unfunded", "pending", "rejected", "held", "settling", "paid", "released")
_REASONS = ("cancelled", "no_submissions", "no_winner", "failed")


def upgrade() -> None:
    """Apply."""
    for name in ("escrow", "awaits_budget"):
        column = sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false())
        op.add_column("tasks", column, schema="task")
    shares = sa.Column("shares", postgresql.JSONB(none_as_null=True), nullable=False, server_default="[]")
    op.add_column("tasks", shares, schema="task")
    op.create_check_constraint(
        op.f("ck_tasks_shares_of_escrow"), "tasks", "escrow OR shares = '[]'", schema="task"
    )
    op.create_check_constraint(
        op.f("ck_tasks_draft_awaits_budget"),
        "tasks",
        "NOT awaits_budget OR (escrow AND status = 'draft')",
        schema="task",
    )
    _create_budgets()


def _create_budgets() -> None:
    op.create_table(
        "budgets",
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("status", _word("budgetstatus", *_STATUSES), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("eval_image_digest", sa.Text(), nullable=True),
        sa.Column("review_seconds", sa.Integer(), nullable=False),
        sa.Column("funding_version", sa.Integer(), nullable=False),
        sa.Column("escrow_version", sa.Integer(), nullable=False),
        sa.Column("ranks_version", sa.Integer(), nullable=False),
        sa.Column("available_cents", sa.BigInteger(), nullable=True),
        sa.Column("ranks", postgresql.JSONB(none_as_null=True), nullable=True),
        sa.Column("settles_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("payouts", postgresql.JSONB(none_as_null=True), nullable=False),
        sa.Column("refund_reason", _word("refundreason", *_REASONS), nullable=True),
        sa.CheckConstraint(f"status IN {_STATUSES}", name=op.f("ck_budgets_status")),
        sa.CheckConstraint(f"refund_reason IN {_REASONS}", name=op.f("ck_budgets_refund_reason")),
        sa.CheckConstraint("amount_cents > 0", name=op.f("ck_budgets_amount_positive")),
        sa.CheckConstraint("review_seconds >= 0", name=op.f("ck_budgets_review_not_negative")),
        sa.CheckConstraint(
            "(status = 'rejected') = (available_cents IS NOT NULL)",
            name=op.f("ck_budgets_rejected_tells_why"),
        ),
        sa.CheckConstraint(
            "(status = 'released') = (refund_reason IS NOT NULL)", name=op.f("ck_budgets_released_tells_why")
        ),
        sa.CheckConstraint(
            "status NOT IN ('settling', 'paid', 'released') "
            "OR (settles_at IS NOT NULL AND ranks IS NOT NULL)",
            name=op.f("ck_budgets_settled_by_ranks_after_review"),
        ),
        sa.PrimaryKeyConstraint("task_id", name=op.f("pk_budgets")),
        schema="task",
    )


def _word(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, length=40, schema="task")
