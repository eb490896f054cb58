"""Log events for accounts, whether they have endpoints or not."""

import sqlalchemy as sa
from alembic import op

revision: str = "0007"
down_revision: str | None = "0006"

_TYPES = (
    "event_type IN ('task.status_changed', 'task.matched', 'submission.created', 'submission.completed', "
    "'submission.failed', 'evaluation.completed', 'deal.created')"
)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "event_counts",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("last_position", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("last_position >= 1", name=op.f("ck_event_counts_last_position_from_one")),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_event_counts")),
        schema="webhook",
    )
    op.create_table(
        "events",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("event_type", sa.String(40), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("logged_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("position >= 1", name=op.f("ck_events_position_from_one")),
        sa.CheckConstraint(_TYPES, name=op.f("ck_events_event_type")),
        sa.PrimaryKeyConstraint("account_id", "position", name=op.f("pk_events")),
        sa.UniqueConstraint("account_id", "event_id", name=op.f("uq_events_account_id_event_id")),
        schema="webhook",
    )
    op.create_index(op.f("ix_events_logged_at"), "events", ["logged_at"], unique=False, schema="webhook")
