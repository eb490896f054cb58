"""Create fundings."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0008"
down_revision: str | None = "0007"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "fundings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("kind", _word("postedkind", "task", "competition", "drop"), nullable=False),
        sa.Column("payer_id", sa.Uuid(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("wanted", _word("fundingwish", "hold", "payout", "refund"), nullable=False),
        sa.Column("payees", postgresql.JSONB(none_as_null=True), nullable=False),
        sa.Column(
            "refund_reason",
            _word("refundreason", "cancelled", "no_submissions", "no_winner", "failed"),
            nullable=True,
        ),
        sa.CheckConstraint("kind IN ('task', 'competition', 'drop')", name=op.f("ck_fundings_kind")),
        sa.CheckConstraint("wanted IN ('hold', 'payout', 'refund')", name=op.f("ck_fundings_wanted")),
        sa.CheckConstraint(
            "refund_reason IN ('cancelled', 'no_submissions', 'no_winner', 'failed')",
            name=op.f("ck_fundings_refund_reason"),
        ),
        sa.CheckConstraint("amount_cents > 0", name=op.f("ck_fundings_amount_positive")),
        sa.CheckConstraint(
            "(wanted = 'refund') = (refund_reason IS NOT NULL)", name=op.f("ck_fundings_refund_has_reason")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fundings")),
        sa.UniqueConstraint("subject_id", name=op.f("uq_fundings_subject_id")),
        schema="task",
    )


def _word(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, length=40, schema="task")
