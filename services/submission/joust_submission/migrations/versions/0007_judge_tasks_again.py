"""Judge a whole task again after its judge has changed."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0007"
down_revision: str | None = "0006"


def upgrade() -> None:
    """Apply."""
    document = postgresql.JSONB(none_as_null=True, astext_type=sa.Text())
    op.create_table(
        "rejudges",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("judge_version", document, nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen", sa.Uuid(), nullable=True),
        sa.Column("all_begun", sa.Boolean(), nullable=False),
        sa.CheckConstraint("number >= 1", name=op.f("ck_rejudges_number_from_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rejudges")),
        sa.UniqueConstraint("task_id", "number", name=op.f("uq_rejudges_task_id_number")),
        schema="submission",
    )
    op.create_table(
        "rejudged_submissions",
        sa.Column("rejudge_id", sa.Uuid(), nullable=False),
        sa.Column("submission_id", sa.Uuid(), nullable=False),
        sa.Column("agent_id", sa.Uuid(), nullable=False),
        sa.Column("iteration", sa.Integer(), nullable=False),
        sa.Column("before_score", sa.Float(), nullable=True),
        sa.Column("before_version", document, nullable=True),
        sa.Column("after_score", sa.Float(), nullable=True),
        sa.Column("after_version", document, nullable=True),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "after_score IS NULL OR ended_at IS NOT NULL",
            name=op.f("ck_rejudged_submissions_score_with_end"),
        ),
        sa.CheckConstraint(
            "after_score IS NULL OR failure IS NULL", name=op.f("ck_rejudged_submissions_score_or_failure")
        ),
        sa.ForeignKeyConstraint(
            ["rejudge_id"],
            ["submission.rejudges.id"],
            name=op.f("fk_rejudged_submissions_rejudge_id_rejudges"),
        ),
        sa.ForeignKeyConstraint(
            ["submission_id"],
            ["submission.submissions.id"],
            name=op.f("fk_rejudged_submissions_submission_id_submissions"),
        ),
        sa.PrimaryKeyConstraint("rejudge_id", "submission_id", name=op.f("pk_rejudged_submissions")),
        schema="submission",
    )
    op.create_index(
        "ix_rejudged_pending",
        "rejudged_submissions",
        ["rejudge_id"],
        unique=False,
        schema="submission",
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(
        "ix_rejudged_iteration",
        "rejudged_submissions",
        ["submission_id", "iteration"],
        unique=False,
        schema="submission",
    )
