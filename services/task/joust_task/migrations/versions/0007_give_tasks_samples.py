"""Give tasks samples, on which their judge is tried."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0007"
down_revision: str | None = "0006"


def upgrade() -> None:
    """Apply."""
    for name in ("reference_sample", "cheat_sample"):
        op.add_column(
            "tasks", sa.Column(name, postgresql.JSONB(none_as_null=True), nullable=True), schema="task"
        )
