"""Note by which key with a cap a funding was asked for."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0010"
down_revision: str | None = "0009"


def upgrade() -> None:
    """Apply."""
    column = sa.Column("spender", postgresql.JSONB(none_as_null=True), nullable=True)
    op.add_column("fundings", column, schema="task")
