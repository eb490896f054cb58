"""``python -m joust_webhook``."""

from joust_kit.start import start

start("joust_webhook")
