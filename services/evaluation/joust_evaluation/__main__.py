"""``python -m joust_evaluation``."""

from joust_kit.start import start

start("joust_evaluation")
