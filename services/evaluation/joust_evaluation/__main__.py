"""``python -m joust_evaluation``."""

from joust_evaluation.app import cli

cli()
