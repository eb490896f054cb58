"""Forget endpoints some time after they were deactivated, and keep what was sent to them."""

import sqlalchemy as sa
from alembic import op

revision: str = "0005"
down_revision: str | None = "0004"


def upgrade() -> None:
    """Apply. Those that are inactive already are kept as long as if they were deactivated now."""
    op.add_column(
        "endpoints", sa.Column("deactivated_at", sa.DateTime(timezone=True), nullable=True), schema="webhook"
    )
    op.execute("UPDATE webhook.endpoints SET deactivated_at = now() WHERE NOT active")
    op.create_check_constraint(
        op.f("ck_endpoints_deactivated_when_inactive"),
        "endpoints",
        "active = (deactivated_at IS NULL)",
        schema="webhook",
    )
    op.create_index(
        "ix_endpoints_deactivated",
        "endpoints",
        ["deactivated_at"],
        unique=False,
        schema="webhook",
        postgresql_where=sa.text("deactivated_at IS NOT NULL"),
    )
    op.drop_constraint(op.f("fk_deliveries_endpoint_id"), "deliveries", schema="webhook")
