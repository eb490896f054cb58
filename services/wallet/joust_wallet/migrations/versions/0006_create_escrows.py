"""Create escrows, and let the ledger hold, pay and refund them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0006"
down_revision: str | None = "0005"

_KINDS = (
    "deposit",
    "deal",
    "escrow_hold",
    "escrow_payout",
    "escrow_refund",
    "withdrawal",
    "withdrawal_payout",
    "withdrawal_reversal",
)
_STATUSES = ("rejected", "held", "paid", "released")
_POSTED = ("task", "competition", "drop")
_REASONS = ("cancelled", "no_submissions", "no_winner", "failed")

_GRANTS = """
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'joust_wallet') THEN
        REVOKE DELETE, TRUNCATE ON wallet.escrows FROM joust_wallet;
    END IF;
END $$
"""


def upgrade() -> None:
    """Apply."""
    _create_escrows()
    op.drop_constraint(op.f("ck_transfers_kind"), "transfers", schema="wallet")
    _check("transfers", "kind", _one_of("kind", _KINDS))
    _check(
        "transfers",
        "escrow_is_held_once",
        "kind <> 'escrow_hold' OR idempotency_key = 'escrow:' || CAST(cause AS text)",
    )
    _check(
        "transfers",
        "escrow_ends_once",
        "kind NOT IN ('escrow_payout', 'escrow_refund') "
        "OR idempotency_key = 'escrow-end:' || CAST(cause AS text)",
    )
    op.execute(_GRANTS)


def _create_escrows() -> None:
    op.create_table(
        "escrows",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("funding_version", sa.Integer(), nullable=False),
        sa.Column("kind", _word("postedkind", _POSTED), nullable=False),
        sa.Column("payer_id", sa.Uuid(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("status", _word("escrowstatus", _STATUSES), nullable=False),
        sa.Column("available_cents", sa.BigInteger(), nullable=True),
        sa.Column("payouts", postgresql.JSONB(none_as_null=True), nullable=False),
        sa.Column("refund_reason", _word("refundreason", _REASONS), nullable=True),
        sa.Column("released_cents", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_escrows")),
        schema="wallet",
    )
    _check("escrows", "kind", _one_of("kind", _POSTED))
    _check("escrows", "status", _one_of("status", _STATUSES))
    _check("escrows", "refund_reason", _one_of("refund_reason", _REASONS))
    _check("escrows", "amount_positive", "amount_cents > 0")
    _check("escrows", "held_has_moment", "status NOT IN ('held', 'paid') OR held_at IS NOT NULL")
    _check("escrows", "ended_has_moment", "(status IN ('paid', 'released')) = (ended_at IS NOT NULL)")
    _check("escrows", "rejected_tells_why", "(status = 'rejected') = (available_cents IS NOT NULL)")
    _check("escrows", "released_tells_why", "(status = 'released') = (refund_reason IS NOT NULL)")
    _check(
        "escrows",
        "released_whole",
        "released_cents = CASE WHEN status = 'released' AND held_at IS NOT NULL THEN amount_cents ELSE 0 END",
    )
    op.create_index(
        "ix_escrows_held",
        "escrows",
        ["payer_id", "currency"],
        schema="wallet",
        postgresql_where=sa.text("status = 'held'"),
    )


def _check(table: str, name: str, condition: str) -> None:
    op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, condition, schema="wallet")


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(map(repr, values))})"


def _word(name: str, values: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, length=40, schema="wallet")
