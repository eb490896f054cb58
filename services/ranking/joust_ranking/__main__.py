"""``python -m joust_ranking``."""

from joust_ranking.app import cli

cli()
