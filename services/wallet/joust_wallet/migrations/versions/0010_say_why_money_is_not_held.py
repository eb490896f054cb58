"""Say why money is not held."""

import sqlalchemy as sa
from alembic import op

revision: str = "0010"
down_revision: str | None = "0009"

REASONS = ("insufficient_balance", "spend_cap_exceeded")


def upgrade() -> None:
    """Apply."""
    reason = sa.Enum(*REASONS, name="rejectionreason", native_enum=False, length=40, schema="wallet")
    op.add_column("escrows", sa.Column("rejection_reason", reason, nullable=True), schema="wallet")
    op.create_check_constraint(
        op.f("ck_escrows_rejection_reason"), "escrows", f"rejection_reason IN {REASONS}", schema="wallet"
    )
    op.create_check_constraint(
        op.f("ck_escrows_only_rejected_has_rejection_reason"),
        "escrows",
        "status = 'rejected' OR rejection_reason IS NULL",
        schema="wallet",
    )
