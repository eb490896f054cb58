"""Know the SHA-256 of files of competitions, and let older processes write beside this schema."""

import sqlalchemy as sa
from alembic import op

revision: str = "0011"
down_revision: str | None = "0010"


def upgrade() -> None:
    """Apply."""
    op.add_column("assets", sa.Column("sha256", sa.Text(), nullable=True), schema="submission")
    # Who knows nothing of places, which came with 0009, writes none: then there are as many as there can be.
    op.alter_column("drop_entries", "places", server_default="5", schema="submission")
