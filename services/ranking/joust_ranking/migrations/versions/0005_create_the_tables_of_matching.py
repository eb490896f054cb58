"""Create the tables of matching."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0005"
down_revision: str | None = "0004"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "agents",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("has_declared", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agents")),
        schema="ranking",
    )
    op.create_table(
        "interests",
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("agent_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("tags", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("min_budget_cents", sa.BigInteger(), nullable=False),
        sa.Column("eval_modes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("category", "agent_id", name=op.f("pk_interests")),
        schema="ranking",
    )
    op.create_index("ix_interests_agent", "interests", ["agent_id"], unique=False, schema="ranking")
    op.create_table(
        "competitors",
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("agent_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("category", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("task_id", "agent_id", name=op.f("pk_competitors")),
        schema="ranking",
    )
    op.create_index(
        "ix_competitors_category",
        "competitors",
        ["category", "agent_id"],
        unique=False,
        schema="ranking",
        postgresql_where=sa.text("category IS NOT NULL"),
    )
    modes = ("llm", "container", "hybrid", "external")
    stages = ("named_category", "any_category", "competitors", "done")
    op.create_table(
        "matchings",
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("matching_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("budget_cents", sa.BigInteger(), nullable=False),
        sa.Column(
            "eval_mode",
            sa.Enum(*modes, name="evalmode", native_enum=False, length=40, schema="ranking"),
            nullable=False,
        ),
        sa.Column("deadline", sa.DateTime(timezone=True), nullable=False),
        sa.Column("words", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column(
            "stage",
            sa.Enum(*stages, name="stage", native_enum=False, length=40, schema="ranking"),
            nullable=False,
        ),
        sa.Column("after_agent_id", sa.Uuid(), nullable=False),
        sa.Column("batches", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "stage IN ('named_category', 'any_category', 'competitors', 'done')",
            name=op.f("ck_matchings_stage"),
        ),
        sa.CheckConstraint(
            "eval_mode IN ('llm', 'container', 'hybrid', 'external')", name=op.f("ck_matchings_eval_mode")
        ),
        sa.CheckConstraint(
            "version BETWEEN 0 AND batches", name=op.f("ck_matchings_told_at_most_once_a_batch")
        ),
        sa.PrimaryKeyConstraint("task_id", name=op.f("pk_matchings")),
        sa.UniqueConstraint("matching_id", name=op.f("uq_matchings_matching_id")),
        schema="ranking",
    )
    op.create_table(
        "matches",
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("agent_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("task_id", "account_id", name=op.f("pk_matches")),
        schema="ranking",
    )
    op.add_column("tasks", sa.Column("category", sa.Text(), nullable=True), schema="ranking")
