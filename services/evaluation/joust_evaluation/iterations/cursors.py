"""Where the next page of iterations begins."""

from typing import NamedTuple

from joust_kit.errors import Invalid
from joust_kit.paging import NameCursor


class IterationCursor(NamedTuple):
    """Place in the list of a submission's iterations."""

    iteration: int

    def encode(self) -> str:
        """Opaque text for a URL."""
        return NameCursor(str(self.iteration)).encode()

    @classmethod
    def decode(cls, text: str | None) -> "IterationCursor | None":
        """The place that ``text`` names, ``None`` for no text. Raises ``Invalid`` for what is no cursor."""
        if text is None:
            return None
        name = NameCursor.decode(text).name
        if not (name.isascii() and name.isdigit() and len(name) < 10):
            raise Invalid(cursor="Not a cursor of this list. Send next_cursor as it came.")
        return cls(int(name))
