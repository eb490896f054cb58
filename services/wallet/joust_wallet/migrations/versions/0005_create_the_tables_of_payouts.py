"""Create the tables of payouts."""

import sqlalchemy as sa
from alembic import op

revision: str = "0005"
down_revision: str | None = "0004"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "payout_configurations",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column(
            "payout_method",
            sa.Enum(
                "onchain_usdc",
                "coinbase_commerce",
                "stripe_crypto",
                "stripe_usd",
                name="payoutmethod",
                native_enum=False,
                length=40,
                schema="wallet",
            ),
            nullable=False,
        ),
        sa.Column("payout_address", sa.Text(), nullable=False),
        sa.Column(
            "payout_chain",
            sa.Enum(
                "base",
                "optimism",
                "arbitrum",
                "mainnet",
                name="payoutchain",
                native_enum=False,
                length=40,
                schema="wallet",
            ),
            nullable=True,
        ),
        sa.Column("wallet_verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(payout_method = 'onchain_usdc') = (payout_chain IS NOT NULL)",
            name=op.f("ck_payout_configurations_chain_of_an_address"),
        ),
        sa.CheckConstraint(
            "payout_chain IN ('base', 'optimism', 'arbitrum', 'mainnet')",
            name=op.f("ck_payout_configurations_payout_chain"),
        ),
        sa.CheckConstraint(
            "payout_method <> 'onchain_usdc' OR payout_address ~ '^0x[0-9a-fA-F]{40}$'",
            name=op.f("ck_payout_configurations_address"),
        ),
        sa.CheckConstraint(
            "payout_method IN ('onchain_usdc', 'coinbase_commerce', 'stripe_crypto', 'stripe_usd')",
            name=op.f("ck_payout_configurations_payout_method"),
        ),
        sa.CheckConstraint(
            "wallet_verified_at IS NULL OR payout_method = 'onchain_usdc'",
            name=op.f("ck_payout_configurations_only_an_address_is_verified"),
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_payout_configurations")),
        schema="wallet",
    )
    op.create_table(
        "used_challenges",
        sa.Column("nonce", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("nonce", name=op.f("pk_used_challenges")),
        schema="wallet",
    )
    op.create_index(
        "ix_used_challenges_expiry",
        "used_challenges",
        ["account_id", "expires_at"],
        unique=False,
        schema="wallet",
    )
