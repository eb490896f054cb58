"""Know why money is not held."""

import sqlalchemy as sa
from alembic import op

revision: str = "0015"
down_revision: str | None = "0014"

REASONS = ("insufficient_balance", "spend_cap_exceeded")
TABLES = ("drops", "budgets", "competitions")


def upgrade() -> None:
    """Apply."""
    for table in TABLES:
        reason = sa.Enum(*REASONS, name="rejectionreason", native_enum=False, length=40, schema="task")
        op.add_column(table, sa.Column("rejection_reason", reason, nullable=True), schema="task")
        op.create_check_constraint(
            op.f(f"ck_{table}_rejection_reason"), table, f"rejection_reason IN {REASONS}", schema="task"
        )
