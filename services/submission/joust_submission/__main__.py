"""``python -m joust_submission``."""

from joust_kit.start import start

start("joust_submission")
