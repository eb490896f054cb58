"""``python -m joust_embedded`` is ``joust``."""

from joust_embedded.cli import app

app(prog_name="joust")
