"""``python -m joust_task``."""

from joust_kit.start import start

start("joust_task")
