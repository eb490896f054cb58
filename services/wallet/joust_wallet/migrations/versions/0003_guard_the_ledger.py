"""Guard the ledger: complete and balanced transfers, append-only postings, accounts that only go forward.

Constraint triggers run at commit, so that a transfer may be written in any order within its transaction.
"""

from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"

_CHECK_TRANSFER = """
CREATE FUNCTION wallet.check_transfer() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    checked uuid;
    wanted integer;
    found integer;
BEGIN
    IF TG_TABLE_NAME = 'transfers' THEN
        checked := NEW.id;
    ELSE
        checked := NEW.transfer_id;
        IF EXISTS (
            SELECT FROM wallet.accounts
            WHERE accounts.id = NEW.account_id AND accounts.version < NEW.account_version
        ) THEN
            RAISE EXCEPTION 'account % is behind its posting %', NEW.account_id, NEW.account_version
                USING ERRCODE = 'check_violation', CONSTRAINT = 'account_follows_postings';
        END IF;
    END IF;
    SELECT postings_count INTO wanted FROM wallet.transfers WHERE transfers.id = checked;
    SELECT count(*) INTO found FROM wallet.postings WHERE postings.transfer_id = checked;
    IF found <> wanted THEN
        RAISE EXCEPTION 'transfer % has % postings instead of %', checked, found, wanted
            USING ERRCODE = 'check_violation', CONSTRAINT = 'transfer_is_complete';
    END IF;
    IF EXISTS (
        SELECT FROM wallet.postings JOIN wallet.accounts ON accounts.id = postings.account_id
        WHERE postings.transfer_id = checked
        GROUP BY accounts.currency HAVING sum(postings.amount_cents) <> 0
    ) THEN
        RAISE EXCEPTION 'the postings of transfer % do not sum to 0', checked
            USING ERRCODE = 'check_violation', CONSTRAINT = 'transfer_is_balanced';
    END IF;
    RETURN NULL;
END $$
"""

_REFUSE_CHANGE = """
CREATE FUNCTION wallet.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% of wallet.% is refused: the ledger is append-only', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$
"""

_CHECK_ACCOUNT = """
CREATE FUNCTION wallet.check_account() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.version <= OLD.version
        OR (NEW.id, NEW.kind, NEW.currency) IS DISTINCT FROM (OLD.id, OLD.kind, OLD.currency)
        OR NEW.owner_id IS DISTINCT FROM OLD.owner_id
    THEN
        RAISE EXCEPTION 'account % changes by new postings alone', OLD.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'account_goes_forward';
    END IF;
    RETURN NEW;
END $$
"""

_TRIGGERS = (
    """
    CREATE CONSTRAINT TRIGGER transfer_is_sound AFTER INSERT ON wallet.transfers
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION wallet.check_transfer()
    """,
    """
    CREATE CONSTRAINT TRIGGER transfer_is_sound AFTER INSERT ON wallet.postings
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION wallet.check_transfer()
    """,
    """
    CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON wallet.transfers
    FOR EACH STATEMENT EXECUTE FUNCTION wallet.refuse_change()
    """,
    """
    CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON wallet.postings
    FOR EACH STATEMENT EXECUTE FUNCTION wallet.refuse_change()
    """,
    """
    CREATE TRIGGER never_removed BEFORE DELETE OR TRUNCATE ON wallet.accounts
    FOR EACH STATEMENT EXECUTE FUNCTION wallet.refuse_change()
    """,
    """
    CREATE TRIGGER goes_forward BEFORE UPDATE ON wallet.accounts
    FOR EACH ROW EXECUTE FUNCTION wallet.check_account()
    """,
)

# The runtime role has no grants of its own where it does not exist, as in tests' scratch databases.
_GRANTS = """
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'joust_wallet') THEN
        REVOKE UPDATE, DELETE, TRUNCATE ON wallet.transfers, wallet.postings FROM joust_wallet;
        REVOKE UPDATE, DELETE, TRUNCATE ON wallet.accounts FROM joust_wallet;
        GRANT UPDATE (balance_cents, version) ON wallet.accounts TO joust_wallet;
        REVOKE DELETE, TRUNCATE ON wallet.deals FROM joust_wallet;
    END IF;
END $$
"""


def upgrade() -> None:
    """Apply."""
    for statement in (_CHECK_TRANSFER, _REFUSE_CHANGE, _CHECK_ACCOUNT, *_TRIGGERS, _GRANTS):
        op.execute(statement)
