"""Alembic's entry for every service; the work is in ``joust_kit.database.migrations``."""

from joust_kit.database.migrations import run

run()
