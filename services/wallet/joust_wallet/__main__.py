"""``python -m joust_wallet``."""

from joust_wallet.app import cli

cli()
