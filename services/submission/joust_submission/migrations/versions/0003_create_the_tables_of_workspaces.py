"""Create the tables of workspaces."""

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "workspace_usage",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("kind IN ('values', 'files')", name=op.f("ck_workspace_usage_kind")),
        sa.CheckConstraint("entries > 0 OR bytes = 0", name=op.f("ck_workspace_usage_nothing_has_no_bytes")),
        sa.CheckConstraint("entries >= 0 AND bytes >= 0", name=op.f("ck_workspace_usage_not_negative")),
        sa.PrimaryKeyConstraint("account_id", "kind", name=op.f("pk_workspace_usage")),
        schema="submission",
    )
    op.create_table(
        "workspace_values",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(collation="C"), nullable=False),
        sa.Column("value_json", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("size_bytes > 0", name=op.f("ck_workspace_values_has_bytes")),
        sa.PrimaryKeyConstraint("account_id", "key", name=op.f("pk_workspace_values")),
        schema="submission",
    )
