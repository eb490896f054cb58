"""``python -m joust_submission``."""

from joust_submission.app import cli

cli()
