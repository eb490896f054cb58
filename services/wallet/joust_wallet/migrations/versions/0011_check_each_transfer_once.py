"""Check each transfer once: its sum with the transfer, its number of postings with each posting.

Before, both were checked again with each posting. They need not be: a transfer is checked when all its
postings are there, or it is refused; one that comes later is one too many; and none is ever changed.
"""

from alembic import op

revision: str = "0011"
down_revision: str | None = "0010"

_CHECK_TRANSFER = """
CREATE OR REPLACE FUNCTION wallet.check_transfer() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    checked uuid;
    wanted integer;
    found integer;
    is_balanced boolean := true;
BEGIN
    IF TG_TABLE_NAME = 'transfers' THEN
        checked := NEW.id;
        wanted := NEW.postings_count;
        SELECT sum(lines), bool_and(cents = 0) INTO found, is_balanced FROM (
            SELECT count(*) AS lines, sum(postings.amount_cents) AS cents
            FROM wallet.postings JOIN wallet.accounts ON accounts.id = postings.account_id
            WHERE postings.transfer_id = checked GROUP BY accounts.currency
        ) AS by_currency;
    ELSE
        checked := NEW.transfer_id;
        IF EXISTS (
            SELECT FROM wallet.accounts
            WHERE accounts.id = NEW.account_id AND accounts.version < NEW.account_version
        ) THEN
            RAISE EXCEPTION 'account % is behind its posting %', NEW.account_id, NEW.account_version
                USING ERRCODE = 'check_violation', CONSTRAINT = 'account_follows_postings';
        END IF;
        SELECT transfers.postings_count, (
            SELECT count(*) FROM wallet.postings WHERE postings.transfer_id = transfers.id
        ) INTO wanted, found FROM wallet.transfers WHERE transfers.id = checked;
    END IF;
    IF coalesce(found, 0) <> wanted THEN
        RAISE EXCEPTION 'transfer % has % postings instead of %', checked, coalesce(found, 0), wanted
            USING ERRCODE = 'check_violation', CONSTRAINT = 'transfer_is_complete';
    END IF;
    IF NOT is_balanced THEN
        RAISE EXCEPTION 'the postings of transfer % do not sum to 0', checked
            USING ERRCODE = 'check_violation', CONSTRAINT = 'transfer_is_balanced';
    END IF;
    RETURN NULL;
END $$
"""


def upgrade() -> None:
    """Apply."""
    op.execute(_CHECK_TRANSFER)
