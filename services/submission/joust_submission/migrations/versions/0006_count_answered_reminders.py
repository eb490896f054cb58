"""Count the reminders that were answered: they do not count towards giving a submission up."""

import sqlalchemy as sa
from alembic import op

revision: str = "0006"
down_revision: str | None = "0005"


def upgrade() -> None:
    """Apply."""
    op.add_column(
        "submissions",
        # The default is for rows that are there, and for those that the version before writes meanwhile.
        sa.Column("times_answered", sa.Integer(), nullable=False, server_default="0"),
        schema="submission",
    )
    op.create_check_constraint(
        op.f("ck_submissions_answers_to_what_was_told"),
        "submissions",
        "times_answered BETWEEN 0 AND times_told_again",
        schema="submission",
    )
