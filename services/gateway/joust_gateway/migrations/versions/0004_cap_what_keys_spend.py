"""Cap what keys spend."""

import sqlalchemy as sa
from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"


def upgrade() -> None:
    """Apply."""
    for name in ("daily_spend_cap_cents", "total_spend_cap_cents"):
        op.add_column("api_keys", sa.Column(name, sa.BigInteger(), nullable=True), schema="gateway")
    op.create_check_constraint(
        op.f("ck_api_keys_caps_not_negative"),
        "api_keys",
        "daily_spend_cap_cents >= 0 AND total_spend_cap_cents >= 0",
        schema="gateway",
    )
