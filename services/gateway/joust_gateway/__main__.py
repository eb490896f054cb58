"""``python -m joust_gateway``."""

from joust_gateway.app import cli

cli()
