"""Migrations of the tables that the kit keeps in every schema, called from the services' own histories.

Each function is frozen once released; a change of the kit's tables is a new function and, in each service,
a new migration that calls it.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql


def create_kit_tables_v1(schema: str) -> None:
    """Outbox, inbox, retries, idempotency keys, jobs and dead jobs."""
    _create_idempotency_keys_v1(schema)
    _create_inbox_v1(schema)
    _create_retries_v1(schema)
    _create_outbox_v1(schema)
    _create_dead_jobs_v1(schema)
    _create_jobs_v1(schema)


def _create_idempotency_keys_v1(schema: str) -> None:
    op.create_table(
        "idempotency_keys",
        sa.Column("scope_hash", sa.LargeBinary(), nullable=False),
        sa.Column("request_hash", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("scope_hash", name=op.f("pk_idempotency_keys")),
        schema=schema,
    )
    op.create_index(
        op.f("ix_idempotency_keys_created_at"),
        "idempotency_keys",
        ["created_at"],
        unique=False,
        schema=schema,
    )


def _create_inbox_v1(schema: str) -> None:
    op.create_table(
        "inbox",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("handled_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_inbox")),
        schema=schema,
    )
    op.create_index(op.f("ix_inbox_handled_at"), "inbox", ["handled_at"], unique=False, schema=schema)


def _create_retries_v1(schema: str) -> None:
    op.create_table(
        "inbox_retries",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("ordering_key", sa.Uuid(), nullable=False),
        sa.Column("topic", sa.String(length=100), nullable=False),
        sa.Column("headers", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.String(), nullable=False),
        sa.Column(
            "next_attempt_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox_retries")),
        sa.UniqueConstraint("event_id", name=op.f("uq_inbox_retries_event_id")),
        schema=schema,
    )
    op.create_index(
        op.f("ix_inbox_retries_next_attempt_at"),
        "inbox_retries",
        ["next_attempt_at"],
        unique=False,
        schema=schema,
    )
    op.create_index(
        op.f("ix_inbox_retries_ordering_key_id"),
        "inbox_retries",
        ["ordering_key", "id"],
        unique=False,
        schema=schema,
    )


def _create_outbox_v1(schema: str) -> None:
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("topic", sa.String(length=100), nullable=False),
        sa.Column("ordering_key", sa.Uuid(), nullable=False),
        sa.Column("headers", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        schema=schema,
    )


def _create_dead_jobs_v1(schema: str) -> None:
    op.create_table(
        f"{schema}_dead_jobs",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("original_id", sa.BigInteger(), nullable=False),
        sa.Column("queue", sa.String(length=255), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("headers", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("deliveries_count", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("failed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("failure_reason", sa.String(length=64), nullable=False),
        sa.Column("last_exception", sa.String(), nullable=True),
        sa.Column("timer_id", sa.String(length=255), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{schema}_dead_jobs")),
        schema=schema,
    )
    op.create_index(
        f"{schema}_dead_jobs_queue_failed_idx",
        f"{schema}_dead_jobs",
        ["queue", "failed_at"],
        unique=False,
        schema=schema,
    )


def _create_jobs_v1(schema: str) -> None:
    op.create_table(
        f"{schema}_jobs",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("queue", sa.String(length=255), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("headers", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("attempts_count", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("deliveries_count", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column(
            "next_attempt_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("first_attempt_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_attempt_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acquired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acquired_token", sa.Uuid(), nullable=True),
        sa.Column("timer_id", sa.String(length=255), nullable=True),
        sa.CheckConstraint(
            "(acquired_token IS NULL) = (acquired_at IS NULL)", name=op.f(f"{schema}_jobs_lease_ck")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{schema}_jobs")),
        schema=schema,
    )
    op.create_index(
        f"{schema}_jobs_leased_idx",
        f"{schema}_jobs",
        ["queue", "next_attempt_at", "id"],
        unique=False,
        schema=schema,
        postgresql_where=sa.text("acquired_token IS NOT NULL"),
    )
    op.create_index(
        f"{schema}_jobs_pending_idx",
        f"{schema}_jobs",
        ["queue", "next_attempt_at", "id"],
        unique=False,
        schema=schema,
        postgresql_where=sa.text("acquired_token IS NULL"),
    )
    op.create_index(
        f"{schema}_jobs_timer_id_uq",
        f"{schema}_jobs",
        ["queue", "timer_id"],
        unique=True,
        schema=schema,
        postgresql_where=sa.text("timer_id IS NOT NULL"),
    )
