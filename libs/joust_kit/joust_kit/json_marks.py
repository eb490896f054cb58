"""How much structure JSON has, found without reading it.

A mark is a byte outside of texts that is neither a space nor part of a number, and each quote around a text.
Once JSON is read, each of its marks takes a few dozen bytes of memory at the most, while a byte within a text
takes one to four. So a megabyte of empty lists takes some twenty times as much as a megabyte of text.
"""

_UNMARKED = b" \t\r\n0123456789.eE+-"
_BYTES_AT_ONCE = 65_536
"""A piece of nothing but quotes takes eight times its size while it is looked at."""


class Marks:
    """Counts the marks of JSON that comes in pieces, each looked at by a few passes at the speed of memory.

    What comes after the first mistake in the JSON may be counted wrongly. Nobody reads so far.
    """

    def __init__(self) -> None:
        self.count = 0
        self._in_text = False
        self._cut_escape = b""

    def feed(self, piece: bytes) -> None:
        """Count on. In UTF-16 and UTF-32, which hold NULs, the count means nothing."""
        for start in range(0, len(piece), _BYTES_AT_ONCE):
            self._feed(piece[start : start + _BYTES_AT_ONCE])

    def _feed(self, piece: bytes) -> None:
        # Backslashes go in pairs from the left, so one that is left after this escapes what follows it.
        plain = (self._cut_escape + piece).replace(b"\\\\", b"")
        self._cut_escape = b"\\" if plain.endswith(b"\\") else b""
        parts = plain.removesuffix(b"\\").replace(b'\\"', b"").split(b'"')
        outside = b"".join(parts[self._in_text :: 2])
        self._in_text ^= len(parts) % 2 == 0
        self.count += len(parts) - 1 + len(outside.translate(None, _UNMARKED))


def marks_of(content: bytes) -> int:
    """The marks of JSON that came whole."""
    marks = Marks()
    marks.feed(content)
    return marks.count
