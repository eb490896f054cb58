"""``python -m joust_task``."""

from joust_task.app import cli

cli()
