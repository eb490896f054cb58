"""Know what came of reading the best two of a task side by side.

A budget of before is paid by its ranks, as was promised when its task was published.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0014"
down_revision: str | None = "0013"


def upgrade() -> None:
    """Apply."""
    compares = sa.Column("compares_best", sa.Boolean(), nullable=False, server_default=sa.false())
    op.add_column("budgets", compares, schema="task")
    comparisons = sa.Column(
        "comparisons", postgresql.JSONB(none_as_null=True), nullable=False, server_default="[]"
    )
    op.add_column("budgets", comparisons, schema="task")
