"""Create the tables of workspaces."""

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "workspace_files",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("path", sa.Text(collation="C"), nullable=False),
        sa.Column("object_id", sa.Uuid(), nullable=False),
        sa.Column("upload_id", sa.Uuid(), nullable=True),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name=op.f("ck_workspace_files_sha256")),
        sa.CheckConstraint("size_bytes >= 0", name=op.f("ck_workspace_files_size_not_negative")),
        sa.PrimaryKeyConstraint("account_id", "path", name=op.f("pk_workspace_files")),
        sa.UniqueConstraint("object_id", name=op.f("uq_workspace_files_object_id")),
        schema="submission",
    )
    op.create_table(
        "workspace_uploads",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("path", sa.Text(collation="C"), nullable=False),
        sa.Column("object_id", sa.Uuid(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "path", name=op.f("pk_workspace_uploads")),
        sa.UniqueConstraint("object_id", name=op.f("uq_workspace_uploads_object_id")),
        schema="submission",
    )
    op.create_index(
        "ix_workspace_uploads_expiry",
        "workspace_uploads",
        ["expires_at"],
        unique=False,
        schema="submission",
    )
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
