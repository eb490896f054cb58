"""Pin the evaluation image of a published task."""

import sqlalchemy as sa
from alembic import op

revision: str = "0006"
down_revision: str | None = "0005"


def upgrade() -> None:
    """Apply. No task in a mode that needs an image could be published so far."""
    op.add_column("tasks", sa.Column("eval_image_digest", sa.Text(), nullable=True), schema="task")
