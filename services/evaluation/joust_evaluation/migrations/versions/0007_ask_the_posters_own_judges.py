"""Ask the posters' own judges: what they were asked, who has it in hand, and whose tasks those are."""

import sqlalchemy as sa
from alembic import op

revision: str = "0007"
down_revision: str | None = "0006"

_STATUSES = ("draft", "open", "evaluating", "closed")


def upgrade() -> None:
    """Apply. Owners are known where something was judged; a rebuild brings the others."""
    op.add_column("tasks", sa.Column("owner_id", sa.Uuid(), nullable=True), schema="evaluation")
    op.add_column(
        "tasks",
        sa.Column(
            "status",
            sa.Enum(*_STATUSES, name="taskstatus", native_enum=False, length=40, schema="evaluation"),
            nullable=True,
        ),
        schema="evaluation",
    )
    op.create_check_constraint(
        op.f("ck_tasks_status"),
        "tasks",
        "status IS NULL OR status IN ('draft', 'open', 'evaluating', 'closed')",
        schema="evaluation",
    )
    op.execute(
        "UPDATE evaluation.tasks SET owner_id = evaluations.task_owner_id FROM evaluation.evaluations "
        "WHERE evaluations.task_id = tasks.id"
    )
    op.create_table(
        "external_requests",
        sa.Column("evaluation_id", sa.Uuid(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undelivered", sa.Text(), nullable=True),
        sa.Column("lease_id", sa.Uuid(), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(lease_id IS NULL) = (leased_until IS NULL)", name=op.f("ck_external_requests_lease_has_end")
        ),
        sa.CheckConstraint("answer_until > asked_at", name=op.f("ck_external_requests_time_to_answer")),
        sa.ForeignKeyConstraint(
            ["evaluation_id"],
            ["evaluation.evaluations.id"],
            name=op.f("fk_external_requests_evaluation_id"),
        ),
        sa.PrimaryKeyConstraint("evaluation_id", name=op.f("pk_external_requests")),
        schema="evaluation",
    )
    op.create_index(
        "ix_evaluations_awaiting_external",
        "evaluations",
        ["task_id", "turn_at", "id"],
        unique=False,
        schema="evaluation",
        postgresql_where=sa.text("status = 'running' AND eval_mode = 'external'"),
    )
    # What a poster's own judge has stands in no queue of ours.
    ours = "eval_mode IS DISTINCT FROM 'external'"
    for name, columns, condition in (
        ("unfinished", ["turn_at", "id"], f"status IN ('queued', 'running') AND {ours}"),
        ("judged_newest", [sa.literal_column("finished_at DESC")], f"status = 'completed' AND {ours}"),
    ):
        op.drop_index(f"ix_evaluations_{name}", table_name="evaluations", schema="evaluation")
        op.create_index(
            f"ix_evaluations_{name}",
            "evaluations",
            columns,
            unique=False,
            schema="evaluation",
            postgresql_where=sa.text(condition),
        )
