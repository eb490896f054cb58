"""``python -m joust_ranking``."""

from joust_kit.start import start

start("joust_ranking")
