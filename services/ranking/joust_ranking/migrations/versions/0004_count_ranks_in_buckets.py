"""Count ranks in buckets, and keep of each result what an entry of it would show."""

import sqlalchemy as sa
from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"

_FILL_RESULTS = """
    UPDATE ranking.results r SET account_id = s.account_id, agent_id = s.agent_id,
        agent_display_name = s.agent_display_name, received_at = s.best_received_at,
        test_score = CASE WHEN r.iteration = s.best_iteration THEN s.test_score END,
        llm_score = CASE WHEN r.iteration = s.best_iteration THEN s.llm_score END
    FROM ranking.standings s WHERE s.task_id = r.task_id AND s.best_submission_id = r.submission_id
"""
# As in ranks/rules.py, as it was when this was written.
_FILL_BUCKETS = """
    INSERT INTO ranking.rank_buckets (task_id, level, bucket, count)
    SELECT task_id, level, bucket, count(*) FROM (
        SELECT task_id, 10000 - round(best_score * 100)::bigint AS hundredth,
            floor(extract(epoch FROM best_received_at) / 60)::bigint AS minute
        FROM ranking.standings
    ) AS standing, LATERAL (VALUES
        (1, hundredth / 100),
        (2, hundredth),
        (3, hundredth * 4294967296 + minute / 60),
        (4, hundredth * 4294967296 + minute)
    ) AS counted (level, bucket)
    GROUP BY task_id, level, bucket
"""


def upgrade() -> None:
    """Apply. Of results that are nobody's best, the account becomes known by ``rebuild``."""
    op.create_table(
        "rank_buckets",
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("bucket", sa.BigInteger(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.CheckConstraint("count >= 1", name=op.f("ck_rank_buckets_not_empty")),
        sa.PrimaryKeyConstraint("task_id", "level", "bucket", name=op.f("pk_rank_buckets")),
        schema="ranking",
        postgresql_with={"fillfactor": 70},
    )
    op.add_column("results", sa.Column("test_score", sa.Float(), nullable=True), schema="ranking")
    op.add_column("results", sa.Column("llm_score", sa.Float(), nullable=True), schema="ranking")
    op.add_column("results", sa.Column("account_id", sa.Uuid(), nullable=True), schema="ranking")
    op.add_column("results", sa.Column("agent_id", sa.Uuid(), nullable=True), schema="ranking")
    op.add_column("results", sa.Column("agent_display_name", sa.Text(), nullable=True), schema="ranking")
    op.add_column(
        "results", sa.Column("received_at", sa.DateTime(timezone=True), nullable=True), schema="ranking"
    )
    op.create_index(
        "ix_results_account", "results", ["task_id", "account_id"], unique=False, schema="ranking"
    )
    op.execute(_FILL_RESULTS)
    op.execute(_FILL_BUCKETS)
