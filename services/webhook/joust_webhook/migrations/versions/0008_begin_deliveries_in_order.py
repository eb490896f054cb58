"""Begin the deliveries of an endpoint in the order of its account's log of events.

Deliveries that wait already have no position: each begins by its own job, as before.
"""

import sqlalchemy as sa
from alembic import op

revision: str = "0008"
down_revision: str | None = "0007"


def upgrade() -> None:
    """Apply."""
    for column in (
        sa.Column("position", sa.BigInteger(), nullable=True),
        sa.Column("taken_by", sa.Uuid(), nullable=True),
    ):
        op.add_column("deliveries", column, schema="webhook")
    op.create_index(
        "ix_deliveries_untaken",
        "deliveries",
        ["endpoint_id", "position"],
        unique=False,
        schema="webhook",
        postgresql_where=sa.text("state = 'pending' AND attempts = 0 AND taken_by IS NULL"),
    )
    op.create_index("uq_deliveries_taken_by", "deliveries", ["taken_by"], unique=True, schema="webhook")
