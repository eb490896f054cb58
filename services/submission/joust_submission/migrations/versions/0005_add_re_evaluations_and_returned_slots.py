"""Add re-evaluations, reminders, returned quota slots, and the indexes of lists."""

import sqlalchemy as sa
from alembic import op

revision: str = "0005"
down_revision: str | None = "0004"

_NEWEST = [sa.literal_column("created_at DESC"), sa.literal_column("id DESC")]


def upgrade() -> None:
    """Apply."""
    columns = (
        sa.Column("re_eval_requested_at", sa.DateTime(timezone=True), nullable=True),
        # The defaults are for rows that are there, and for those that the version before writes meanwhile.
        sa.Column("times_told_again", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("given_up", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    for column in columns:
        op.add_column("submissions", column, schema="submission")
    checks = {
        "later_iterations_requested": "(iteration = 1) = (re_eval_requested_at IS NULL)",
        "given_up_without_score": "NOT given_up OR status = 'evaluation_failed'",
        "told_again_not_negative": "times_told_again >= 0",
    }
    for name, condition in checks.items():
        op.create_check_constraint(
            op.f(f"ck_submissions_{name}"), "submissions", condition, schema="submission"
        )
    indexes = {"account": ["account_id"], "account_task": ["account_id", "task_id"], "task": ["task_id"]}
    for name, columns_of_index in indexes.items():
        op.create_index(
            f"ix_submissions_{name}_newest",
            "submissions",
            [*columns_of_index, *_NEWEST],
            unique=False,
            schema="submission",
        )
    op.drop_constraint(op.f("ck_quotas_used_in_bounds"), "quotas", schema="submission")
    op.create_check_constraint(
        op.f("ck_quotas_used_in_bounds"), "quotas", "used BETWEEN 0 AND 25", schema="submission"
    )
    op.create_table(
        "returned_slots",
        sa.Column("submission_id", sa.Uuid(), nullable=False),
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("returned_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["submission_id"],
            ["submission.submissions.id"],
            name=op.f("fk_returned_slots_submission_id_submissions"),
        ),
        sa.PrimaryKeyConstraint("submission_id", name=op.f("pk_returned_slots")),
        schema="submission",
    )
