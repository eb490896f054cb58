"""Manage endpoints: disable them, narrow them to tasks, replace their secrets, send messages again."""

import sqlalchemy as sa
from alembic import op

revision: str = "0006"
down_revision: str | None = "0005"


def _moment(name: str, *, nullable: bool = False) -> sa.Column[sa.DateTime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    """Apply."""
    _extend_endpoints()
    _extend_deliveries()
    _create_tables()


def _extend_endpoints() -> None:
    for column in (
        sa.Column("task_ids", sa.ARRAY(sa.Uuid()), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("enabled", sa.Boolean(), nullable=False, server_default="true"),
        _moment("disabled_at", nullable=True),
        sa.Column("disabled_reason", sa.String(40), nullable=True),
        _moment("failing_since", nullable=True),
    ):
        op.add_column("endpoints", column, schema="webhook")
    for name in ("version", "enabled"):
        op.alter_column("endpoints", name, server_default=None, schema="webhook")
    for name, condition in (
        ("task_ids_not_empty", "cardinality(task_ids) > 0"),
        ("moment_when_disabled", "enabled = (disabled_at IS NULL)"),
        ("reason_when_disabled", "enabled = (disabled_reason IS NULL)"),
        ("disabled_reason", "disabled_reason IN ('owner', 'gone', 'failing')"),
    ):
        op.create_check_constraint(op.f(f"ck_endpoints_{name}"), "endpoints", condition, schema="webhook")


def _extend_deliveries() -> None:
    earlier = sa.Column("earlier_attempts", sa.Integer(), nullable=False, server_default="0")
    op.add_column("deliveries", earlier, schema="webhook")
    op.alter_column("deliveries", "earlier_attempts", server_default=None, schema="webhook")
    op.drop_constraint(op.f("ck_deliveries_failure_reason"), "deliveries", schema="webhook")
    for name, condition in (
        ("failure_reason", "failure_reason IN ('gone', 'too_many_attempts', 'deactivated', 'disabled')"),
        ("earlier_attempts_were_made", "earlier_attempts BETWEEN 0 AND attempts"),
    ):
        op.create_check_constraint(op.f(f"ck_deliveries_{name}"), "deliveries", condition, schema="webhook")
    newest_first = [sa.literal_column("created_at DESC"), sa.literal_column("id DESC")]
    for name, columns, condition in (
        ("endpoint_newest", ["endpoint_id", *newest_first], None),
        ("failed", ["endpoint_id", "created_at", "id"], sa.text("state = 'failed'")),
        ("finished", ["finished_at"], sa.text("finished_at IS NOT NULL")),
    ):
        op.create_index(
            f"ix_deliveries_{name}", "deliveries", columns, schema="webhook", postgresql_where=condition
        )


def _create_tables() -> None:
    op.create_table(
        "old_secrets",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("endpoint_id", sa.Uuid(), nullable=False),
        sa.Column("secret_encrypted", sa.LargeBinary(), nullable=False),
        _moment("signs_until"),
        sa.ForeignKeyConstraint(
            ["endpoint_id"],
            ["webhook.endpoints.id"],
            name=op.f("fk_old_secrets_endpoint_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_old_secrets")),
        schema="webhook",
    )
    op.create_index(
        "ix_old_secrets_endpoint", "old_secrets", ["endpoint_id", "signs_until"], schema="webhook"
    )
    op.create_index(op.f("ix_old_secrets_signs_until"), "old_secrets", ["signs_until"], schema="webhook")
    op.create_table(
        "resends",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("endpoint_id", sa.Uuid(), nullable=False),
        _moment("since"),
        _moment("until"),
        sa.Column("failed_only", sa.Boolean(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("resent", sa.Integer(), nullable=False),
        _moment("after_moment", nullable=True),
        sa.Column("after_id", sa.Uuid(), nullable=True),
        _moment("created_at"),
        _moment("finished_at", nullable=True),
        sa.CheckConstraint("since < until", name=op.f("ck_resends_is_a_span")),
        sa.CheckConstraint("step >= 1 AND resent >= 0", name=op.f("ck_resends_counts")),
        sa.CheckConstraint(
            "(after_moment IS NULL) = (after_id IS NULL)", name=op.f("ck_resends_place_is_whole")
        ),
        sa.ForeignKeyConstraint(
            ["endpoint_id"], ["webhook.endpoints.id"], name=op.f("fk_resends_endpoint_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resends")),
        schema="webhook",
    )
    for name, column, condition in (
        ("open", "endpoint_id", "finished_at IS NULL"),
        ("finished", "finished_at", "finished_at IS NOT NULL"),
    ):
        op.create_index(
            f"ix_resends_{name}", "resends", [column], schema="webhook", postgresql_where=sa.text(condition)
        )
