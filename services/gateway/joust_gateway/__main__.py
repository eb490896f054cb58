"""``python -m joust_gateway``."""

from joust_kit.start import start

start("joust_gateway")
