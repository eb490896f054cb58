"""Create withdrawals, and let the ledger hold, pay and reverse each of them once."""

import sqlalchemy as sa
from alembic import op

revision: str = "0008"
down_revision: str | None = "0007"

_STATUSES = ("pending", "sending", "unknown", "paid", "failed")
_METHODS = ("onchain_usdc", "coinbase_commerce", "stripe_crypto", "stripe_usd")
_CHAINS = ("base", "optimism", "arbitrum", "mainnet")

_GRANTS = """
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'joust_wallet') THEN
        REVOKE DELETE, TRUNCATE ON wallet.withdrawals FROM joust_wallet;
    END IF;
END $$
"""


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "withdrawals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("status", _word("withdrawalstatus", _STATUSES), nullable=False),
        sa.Column("payout_method", _word("payoutmethod", _METHODS), nullable=False),
        sa.Column("payout_address", sa.Text(), nullable=False),
        sa.Column("payout_chain", _word("payoutchain", _CHAINS), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("provider_reference", sa.Text(), nullable=True),
        sa.Column("failure_reason", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_withdrawals")),
        schema="wallet",
    )
    _check("withdrawals", "status", _one_of("status", _STATUSES))
    _check("withdrawals", "payout_method", _one_of("payout_method", _METHODS))
    _check("withdrawals", "payout_chain", _one_of("payout_chain", _CHAINS))
    _check("withdrawals", "amount_positive", "amount_cents > 0")
    _check("withdrawals", "ended_has_moment", "(status IN ('paid', 'failed')) = (ended_at IS NOT NULL)")
    _check("withdrawals", "paid_has_reference", "(status = 'paid') = (provider_reference IS NOT NULL)")
    _check("withdrawals", "failed_has_reason", "(status = 'failed') = (failure_reason IS NOT NULL)")
    _check("withdrawals", "pending_was_not_sent", "(status = 'pending') = (attempts = 0)")
    op.create_index(
        "ix_withdrawals_newest",
        "withdrawals",
        ["account_id", sa.literal_column("created_at DESC"), sa.literal_column("id DESC")],
        schema="wallet",
    )
    op.create_index(
        "ix_withdrawals_in_flight",
        "withdrawals",
        ["account_id", "currency"],
        schema="wallet",
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    _check(
        "transfers",
        "withdrawal_is_held_once",
        "kind <> 'withdrawal' OR idempotency_key = 'withdrawal:' || CAST(cause AS text)",
    )
    _check(
        "transfers",
        "withdrawal_ends_once",
        "kind NOT IN ('withdrawal_payout', 'withdrawal_reversal') "
        "OR idempotency_key = 'withdrawal-end:' || CAST(cause AS text)",
    )
    op.execute(_GRANTS)


def _check(table: str, name: str, condition: str) -> None:
    op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, condition, schema="wallet")


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(map(repr, values))})"


def _word(name: str, values: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, length=40, schema="wallet")
