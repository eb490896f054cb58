"""``python -m joust_wallet``."""

from joust_kit.start import start

start("joust_wallet")
