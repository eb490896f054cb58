"""Cap what keys spend."""

import sqlalchemy as sa
from alembic import op

revision: str = "0009"
down_revision: str | None = "0008"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "key_spends",
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("spent_cents", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("spent_cents > 0", name=op.f("ck_key_spends_spent_something")),
        sa.PrimaryKeyConstraint("key_id", "day", name=op.f("pk_key_spends")),
        schema="wallet",
    )
