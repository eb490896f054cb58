"""Let agents declare interests."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0003"
down_revision: str | None = "0002"

_CHECKS = {
    "interests_are_whole": "num_nulls(categories, tags, min_budget_cents, eval_modes) IN (0, 4)",
    "categories_few_and_short": (
        "cardinality(categories) <= 50 AND char_length(array_to_string(categories, '')) <= 5000"
    ),
    "tags_few_and_short": "cardinality(tags) <= 50 AND char_length(array_to_string(tags, '')) <= 5000",
    "min_budget_cents": "min_budget_cents BETWEEN 0 AND 1000000000000",
    "eval_modes": "eval_modes <@ ARRAY['llm', 'container', 'hybrid', 'external']::varchar[]",
}


def upgrade() -> None:
    """Apply."""
    version = sa.Column("version", sa.Integer(), nullable=False, server_default="1")
    op.add_column("agents", version, schema="gateway")
    op.alter_column("agents", "version", server_default=None, schema="gateway")
    for column in (
        sa.Column("categories", postgresql.ARRAY(sa.Text()), nullable=True),
        sa.Column("tags", postgresql.ARRAY(sa.Text()), nullable=True),
        sa.Column("min_budget_cents", sa.BigInteger(), nullable=True),
        sa.Column("eval_modes", postgresql.ARRAY(sa.String(length=40)), nullable=True),
    ):
        op.add_column("agents", column, schema="gateway")
    for name, condition in _CHECKS.items():
        op.create_check_constraint(op.f(f"ck_agents_{name}"), "agents", condition, schema="gateway")
    op.create_index(
        "ix_agents_account_id_created_at", "agents", ["account_id", "created_at"], schema="gateway"
    )
