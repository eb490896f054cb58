"""Ask the posters' own judges: a delivery may go to a task's callback URL in place of an endpoint."""

import sqlalchemy as sa
from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"

_TYPES = (
    "event_type IN ('task.status_changed', 'task.matched', 'submission.created', 'submission.completed', "
    "'submission.failed', 'evaluation.completed', 'deal.created')"
)


def upgrade() -> None:
    """Apply."""
    op.add_column("deliveries", sa.Column("judge_url", sa.Text(), nullable=True), schema="webhook")
    op.add_column("deliveries", sa.Column("task_id", sa.Uuid(), nullable=True), schema="webhook")
    for column in ("endpoint_id", "event_type"):
        op.alter_column("deliveries", column, nullable=True, schema="webhook")
    op.drop_constraint(op.f("ck_deliveries_event_type"), "deliveries", schema="webhook")
    for name, condition in (
        ("event_type", f"event_type IS NULL OR {_TYPES}"),
        ("type_of_endpoint", "(endpoint_id IS NULL) = (event_type IS NULL)"),
        ("endpoint_or_judge", "(endpoint_id IS NULL) = (judge_url IS NOT NULL AND task_id IS NOT NULL)"),
    ):
        op.create_check_constraint(op.f(f"ck_deliveries_{name}"), "deliveries", condition, schema="webhook")
    op.create_index(
        "uq_deliveries_judge_event",
        "deliveries",
        ["event_id"],
        unique=True,
        schema="webhook",
        postgresql_where=sa.text("endpoint_id IS NULL"),
    )
