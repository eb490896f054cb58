"""Create the tables of the kit."""

from joust_kit.database.kit_migrations import create_kit_tables_v1

revision: str = "0001"
down_revision: str | None = None


def upgrade() -> None:
    """Apply."""
    create_kit_tables_v1("task")
