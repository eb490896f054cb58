"""Register submissions before their artifact."""

import sqlalchemy as sa
from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"


def upgrade() -> None:
    """Apply."""
    op.add_column(
        "submissions",
        sa.Column("upload_until", sa.DateTime(timezone=True), nullable=True),
        schema="submission",
    )
    op.create_check_constraint(
        op.f("ck_submissions_registered_until"),
        "submissions",
        "status <> 'registered' OR upload_until IS NOT NULL",
        schema="submission",
    )
    op.create_index(
        "uq_submissions_one_registered",
        "submissions",
        ["task_id", "account_id"],
        unique=True,
        schema="submission",
        postgresql_where=sa.text("status = 'registered'"),
    )
