"""Know by which content an image was pinned."""

import sqlalchemy as sa
from alembic import op

revision: str = "0006"
down_revision: str | None = "0005"


def upgrade() -> None:
    """Apply."""
    op.add_column("tasks", sa.Column("eval_image_digest", sa.Text(), nullable=True), schema="evaluation")
