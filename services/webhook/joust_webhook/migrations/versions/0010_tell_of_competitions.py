"""Tell of competitions: endpoints, deliveries and the log of events know their types."""

from alembic import op

revision: str = "0010"
down_revision: str | None = "0009"

_TYPES = (
    "'task.status_changed', 'task.matched', 'submission.created', 'submission.completed', "
    "'submission.failed', 'evaluation.completed', 'deal.created', "
    "'drop.opened', 'drop.closed', 'drop.verified', 'drop.cancelled', 'drop.failed', "
    "'competition.published', 'competition.updated', 'competition.submissions_closed', "
    "'competition.selection_reminded', 'competition.awarded', 'competition.expired', "
    "'competition_entry.created', 'competition_entry.ended', 'competition_submission.received', "
    "'competition_submission.retracted', 'competition_submission.reviewed'"
)


def upgrade() -> None:
    """Apply."""
    for table, name, condition in (
        ("endpoints", "events_known", f"events <@ ARRAY[{_TYPES}]::text[]"),
        ("deliveries", "event_type", f"event_type IS NULL OR event_type IN ({_TYPES})"),
        ("events", "event_type", f"event_type IN ({_TYPES})"),
    ):
        constraint = op.f(f"ck_{table}_{name}")
        op.drop_constraint(constraint, table, schema="webhook")
        op.create_check_constraint(constraint, table, condition, schema="webhook")
