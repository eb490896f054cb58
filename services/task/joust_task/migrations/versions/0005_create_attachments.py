"""Create attachments."""

import sqlalchemy as sa
from alembic import op

revision: str = "0005"
down_revision: str | None = "0004"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "attachments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column(
            "field",
            sa.Enum(
                "description",
                "input_spec",
                "output_spec",
                name="attachmentfield",
                native_enum=False,
                length=40,
                schema="task",
            ),
            nullable=False,
        ),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("file_size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "field IN ('description', 'input_spec', 'output_spec')", name=op.f("ck_attachments_field")
        ),
        sa.CheckConstraint("file_size > 0", name=op.f("ck_attachments_not_empty")),
        sa.ForeignKeyConstraint(["task_id"], ["task.tasks.id"], name=op.f("fk_attachments_task_id_tasks")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachments")),
        schema="task",
    )
    op.create_index(
        "ix_attachments_task", "attachments", ["task_id", "created_at", "id"], unique=False, schema="task"
    )
