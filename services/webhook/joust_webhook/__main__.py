"""``python -m joust_webhook``."""

from joust_webhook.app import cli

cli()
