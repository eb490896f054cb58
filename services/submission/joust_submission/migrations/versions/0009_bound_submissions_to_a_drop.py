"""Take no more submissions to a drop than it has places."""

import sqlalchemy as sa
from alembic import op

revision: str = "0009"
down_revision: str | None = "0008"


def upgrade() -> None:
    """Apply."""
    op.add_column("drop_entries", sa.Column("places", sa.Integer(), nullable=True), schema="submission")
    # One that was not known when something was handed in has the most places that there can be.
    op.execute(
        "UPDATE submission.drop_entries SET places = greatest(submissions_count, coalesce("
        "(SELECT max_claims FROM submission.drops WHERE drops.id = drop_id), 5))"
    )
    op.alter_column("drop_entries", "places", nullable=False, schema="submission")
    op.drop_constraint(op.f("ck_drop_entries_submissions_not_negative"), "drop_entries", schema="submission")
    op.create_check_constraint(
        op.f("ck_drop_entries_no_more_submissions_than_places"),
        "drop_entries",
        "submissions_count BETWEEN 0 AND places",
        schema="submission",
    )
