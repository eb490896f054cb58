"""Create the feed of completed drops."""

import sqlalchemy as sa
from alembic import op

revision: str = "0007"
down_revision: str | None = "0006"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "completed_drops",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("prompt", sa.Text(), nullable=False),
        sa.Column("pack", _word("droppack", "roast", "scout", "code", "cook", "wild"), nullable=False),
        sa.Column("grade", _word("dropgrade", "S", "A", "B", "C", "D", "F"), nullable=False),
        sa.Column("grade_rationale", sa.Text(), nullable=False),
        sa.Column("price_cents", sa.BigInteger(), nullable=False),
        sa.Column("submissions_count", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "pack IN ('roast', 'scout', 'code', 'cook', 'wild')", name=op.f("ck_completed_drops_pack")
        ),
        sa.CheckConstraint("grade IN ('S', 'A', 'B', 'C', 'D', 'F')", name=op.f("ck_completed_drops_grade")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_completed_drops")),
        schema="ranking",
    )
    newest = [sa.literal_column("updated_at DESC"), sa.literal_column("id DESC")]
    op.create_index("ix_completed_drops_newest", "completed_drops", newest, schema="ranking")


def _word(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, length=40, schema="ranking")
