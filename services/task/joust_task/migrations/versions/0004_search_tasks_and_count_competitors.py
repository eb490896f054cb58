"""Search tasks and count competitors. Writes the table of tasks anew, for their search column."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0004"
down_revision: str | None = "0003"

_WORDS = (
    "setweight(to_tsvector('english', title), 'A') || "
    "setweight(to_tsvector('english', category), 'B') || "
    "setweight(to_tsvector('english', description), 'C') || "
    "setweight(to_tsvector('english', input_spec || ' ' || output_spec), 'D')"
)
_PUBLISHED = "status <> 'draft'"
_NEWEST = {
    "ix_tasks_evaluating_newest": ("status = 'evaluating'", []),
    "ix_tasks_open_category_newest": ("status = 'open'", ["category"]),
    "ix_tasks_published_category_newest": (_PUBLISHED, ["category"]),
    "ix_tasks_published_newest": (_PUBLISHED, []),
}


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "competitor_counts",
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("competitors", sa.Integer(), nullable=False),
        sa.CheckConstraint("competitors >= 1", name=op.f("ck_competitor_counts_has_competitors")),
        sa.PrimaryKeyConstraint("task_id", name=op.f("pk_competitor_counts")),
        schema="task",
    )
    op.create_table(
        "competitors",
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("task_id", "account_id", name=op.f("pk_competitors")),
        schema="task",
    )
    op.add_column(
        "tasks",
        sa.Column("search", postgresql.TSVECTOR(), sa.Computed(_WORDS, persisted=True), nullable=True),
        schema="task",
    )
    for name, (where, columns) in _NEWEST.items():
        op.create_index(
            name,
            "tasks",
            [*columns, sa.literal_column("created_at DESC"), sa.literal_column("id DESC")],
            schema="task",
            postgresql_where=sa.text(where),
        )
    op.create_index(
        "ix_tasks_search",
        "tasks",
        ["search"],
        schema="task",
        postgresql_using="gin",
        postgresql_with={"gin_pending_list_limit": 256},
        postgresql_where=sa.text(_PUBLISHED),
    )
