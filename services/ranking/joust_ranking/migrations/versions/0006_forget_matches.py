"""Forget who was told of a task some time after its deadline."""

import sqlalchemy as sa
from alembic import op

revision: str = "0006"
down_revision: str | None = "0005"


def upgrade() -> None:
    """Apply."""
    op.add_column(
        "matches", sa.Column("deadline", sa.DateTime(timezone=True), nullable=True), schema="ranking"
    )
    op.execute(
        "UPDATE ranking.matches SET deadline = matchings.deadline "
        "FROM ranking.matchings WHERE matchings.task_id = matches.task_id"
    )
    op.alter_column("matches", "deadline", nullable=False, schema="ranking")
    op.create_index("ix_matches_deadline", "matches", ["deadline"], unique=False, schema="ranking")
