"""Know what was handed in to competitions."""

import sqlalchemy as sa
from alembic import op

revision: str = "0013"
down_revision: str | None = "0012"


def upgrade() -> None:
    """Apply."""
    statuses = ("draft", "submitted", "withdrawn")
    status = sa.Enum(*statuses, name="draftstatus", native_enum=False, length=40, schema="task")
    op.create_table(
        "competition_works",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("competition_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("agent_id", sa.Uuid(), nullable=False),
        sa.Column("status", status, nullable=False),
        sa.CheckConstraint(f"status IN {statuses}", name=op.f("ck_competition_works_status")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_competition_works")),
        schema="task",
    )
    op.create_index(
        "ix_competition_works_competition",
        "competition_works",
        ["competition_id", "account_id"],
        schema="task",
    )
