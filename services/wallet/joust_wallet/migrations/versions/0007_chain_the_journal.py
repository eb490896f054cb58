"""Chain the journal: each posting holds a hash over itself and the account's posting before it."""

import sqlalchemy as sa
from alembic import op

revision: str = "0007"
down_revision: str | None = "0006"

# What ``joust_wallet.ledger.journal.line_hash`` computes, for the lines that are there already.
_HASH_WHAT_IS_THERE = """
DO $$
DECLARE
    line record;
    account uuid;
    previous bytea;
BEGIN
    FOR line IN
        SELECT postings.*, idempotency_key, kind, cause, fingerprint, postings_count, created_at
        FROM wallet.postings JOIN wallet.transfers ON transfers.id = transfer_id
        ORDER BY account_id, account_version
    LOOP
        IF account IS DISTINCT FROM line.account_id THEN
            account := line.account_id;
            previous := decode(repeat('00', 32), 'hex');
        END IF;
        previous := sha256(convert_to(concat_ws(E'\\n',
            'joust journal v1', encode(previous, 'hex'), line.transfer_id, line.idempotency_key,
            line.kind, line.cause, encode(line.fingerprint, 'hex'), line.postings_count,
            (extract(epoch FROM line.created_at) * 1000000)::bigint,
            line.account_id, line.account_version, line.previous_balance_cents,
            line.amount_cents, line.balance_after_cents
        ), 'UTF8'));
        UPDATE wallet.postings SET hash = previous WHERE id = line.id;
    END LOOP;
END $$
"""


def upgrade() -> None:
    """Apply."""
    op.add_column("postings", sa.Column("hash", sa.LargeBinary(), nullable=True), schema="wallet")
    op.execute("ALTER TABLE wallet.postings DISABLE TRIGGER append_only")
    op.execute(_HASH_WHAT_IS_THERE)
    op.execute("ALTER TABLE wallet.postings ENABLE TRIGGER append_only")
    op.alter_column("postings", "hash", nullable=False, schema="wallet")
    op.create_check_constraint(
        op.f("ck_postings_hash_is_sha256"), "postings", "octet_length(hash) = 32", schema="wallet"
    )
