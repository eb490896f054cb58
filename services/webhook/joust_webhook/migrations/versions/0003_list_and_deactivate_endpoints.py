"""List endpoints, and give up what was queued for one that was deactivated."""

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"


def upgrade() -> None:
    """Apply."""
    op.create_index(
        "ix_endpoints_account_newest",
        "endpoints",
        ["account_id", sa.literal_column("created_at DESC"), sa.literal_column("id DESC")],
        unique=False,
        schema="webhook",
    )
    op.drop_constraint(op.f("ck_deliveries_failure_reason"), "deliveries", schema="webhook")
    op.create_check_constraint(
        op.f("ck_deliveries_failure_reason"),
        "deliveries",
        "failure_reason IN ('gone', 'too_many_attempts', 'deactivated')",
        schema="webhook",
    )
