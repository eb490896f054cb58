"""Know when the comparison of a pair began, and by which version of its judge it was made."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0012"
down_revision: str | None = "0011"


def upgrade() -> None:
    """Apply."""
    began = sa.Column("started_at", sa.DateTime(timezone=True), nullable=True)
    version = sa.Column("judge_version", postgresql.JSONB(none_as_null=True), nullable=True)
    for column in (began, version):
        op.add_column("compared_pairs", column, schema="evaluation")
