"""Know what the modes that execute or ask somebody need of a task."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0004"
down_revision: str | None = "0003"


def upgrade() -> None:
    """Apply. Rows that are there are of mode ``llm``, for which the defaults are right."""
    for column in (
        sa.Column("test_weight", sa.Float(), nullable=False, server_default=sa.text("0")),
        sa.Column("llm_weight", sa.Float(), nullable=False, server_default=sa.text("100")),
        sa.Column("eval_image", sa.Text(), nullable=True),
        sa.Column("eval_network", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("eval_memory_mb", sa.Integer(), nullable=False, server_default=sa.text("1024")),
        sa.Column("eval_timeout_seconds", sa.Integer(), nullable=False, server_default=sa.text("600")),
        sa.Column("eval_callback_url", sa.Text(), nullable=True),
        sa.Column("test_suite", postgresql.JSONB(none_as_null=True), nullable=True),
    ):
        op.add_column("tasks", column, schema="evaluation")
