"""Pay a deal under one key: with the unique key, a second payment of a deal is refused by the database."""

from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"


def upgrade() -> None:
    """Apply."""
    op.create_check_constraint(
        op.f("ck_transfers_deal_has_one_key"),
        "transfers",
        "kind <> 'deal' OR idempotency_key = 'deal:' || CAST(cause AS text)",
        schema="wallet",
    )
