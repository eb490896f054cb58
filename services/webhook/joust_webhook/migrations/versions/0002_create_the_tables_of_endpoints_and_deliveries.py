"""Create the tables of endpoints and deliveries."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0002"
down_revision: str | None = "0001"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "endpoints",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("events", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("secret_encrypted", sa.LargeBinary(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "events <@ ARRAY['task.status_changed', 'task.matched', 'submission.created', "
            "'submission.completed', 'submission.failed', 'evaluation.completed', 'deal.created']::text[]",
            name=op.f("ck_endpoints_events_known"),
        ),
        sa.CheckConstraint("cardinality(events) > 0", name=op.f("ck_endpoints_events_not_empty")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_endpoints")),
        schema="webhook",
    )
    op.create_index(
        "ix_endpoints_active",
        "endpoints",
        ["account_id"],
        unique=False,
        schema="webhook",
        postgresql_where=sa.text("active"),
    )
    op.create_table(
        "deliveries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("endpoint_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column(
            "event_type",
            sa.Enum(
                "task.status_changed",
                "task.matched",
                "submission.created",
                "submission.completed",
                "submission.failed",
                "evaluation.completed",
                "deal.created",
                name="webhookeventtype",
                native_enum=False,
                length=40,
                schema="webhook",
            ),
            nullable=False,
        ),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "pending",
                "delivered",
                "failed",
                name="deliverystate",
                native_enum=False,
                length=40,
                schema="webhook",
            ),
            nullable=False,
        ),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_status", sa.Integer(), nullable=True),
        sa.Column(
            "failure_reason",
            sa.Enum(
                "gone",
                "too_many_attempts",
                name="giveupreason",
                native_enum=False,
                length=40,
                schema="webhook",
            ),
            nullable=True,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'failed') = (failure_reason IS NOT NULL)", name=op.f("ck_deliveries_reason_when_failed")
        ),
        sa.CheckConstraint(
            "(state = 'pending') = (finished_at IS NULL)", name=op.f("ck_deliveries_finished_when_over")
        ),
        sa.CheckConstraint(
            "event_type IN ('task.status_changed', 'task.matched', 'submission.created', "
            "'submission.completed', 'submission.failed', 'evaluation.completed', 'deal.created')",
            name=op.f("ck_deliveries_event_type"),
        ),
        sa.CheckConstraint(
            "failure_reason IN ('gone', 'too_many_attempts')", name=op.f("ck_deliveries_failure_reason")
        ),
        sa.CheckConstraint("state IN ('pending', 'delivered', 'failed')", name=op.f("ck_deliveries_state")),
        sa.CheckConstraint("attempts >= 0", name=op.f("ck_deliveries_attempts_not_negative")),
        sa.ForeignKeyConstraint(
            ["endpoint_id"], ["webhook.endpoints.id"], name=op.f("fk_deliveries_endpoint_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
        sa.UniqueConstraint("endpoint_id", "event_id", name=op.f("uq_deliveries_endpoint_id_event_id")),
        schema="webhook",
    )
    op.create_table(
        "attempts",
        sa.Column("delivery_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column(
            "error",
            sa.Enum(
                "timeout",
                "name_not_resolved",
                "address_not_allowed",
                "connection_failed",
                "tls_failed",
                "invalid_answer",
                name="attempterror",
                native_enum=False,
                length=40,
                schema="webhook",
            ),
            nullable=True,
        ),
        sa.Column("latency_ms", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("response_head", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint(
            "error IN ('timeout', 'name_not_resolved', 'address_not_allowed', 'connection_failed', "
            "'tls_failed', 'invalid_answer')",
            name=op.f("ck_attempts_error"),
        ),
        sa.CheckConstraint(
            "(status IS NULL) = (error IS NOT NULL)", name=op.f("ck_attempts_status_or_error")
        ),
        sa.CheckConstraint("number >= 1", name=op.f("ck_attempts_number_from_one")),
        sa.ForeignKeyConstraint(
            ["delivery_id"],
            ["webhook.deliveries.id"],
            name=op.f("fk_attempts_delivery_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("delivery_id", "number", name=op.f("pk_attempts")),
        schema="webhook",
    )
