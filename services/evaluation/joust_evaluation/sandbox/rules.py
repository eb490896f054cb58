"""How the end of a run is named. No I/O."""

import signal

from joust_evaluation.sandbox.base import Ending

_BY_SIGNAL = 128
_ENDINGS_BY_SIGNAL: dict[int, Ending] = {signal.SIGXCPU: Ending.CPU, signal.SIGXFSZ: Ending.FILE_SIZE}
_SAYINGS: tuple[tuple[Ending, tuple[bytes, ...]], ...] = (
    (Ending.MEMORY, (b"MemoryError", b"Cannot allocate memory", b"out of memory", b"std::bad_alloc")),
    (Ending.DISK, (b"No space left on device", b"ENOSPC")),
    (Ending.FILE_SIZE, (b"File too large", b"EFBIG", b"file too large")),
    (
        Ending.PROCESSES,
        (b"Resource temporarily unavailable", b"can't start new thread", b"Cannot fork", b"EAGAIN"),
    ),
    (Ending.OPEN_FILES, (b"Too many open files", b"EMFILE", b"too many open files")),
)
"""What programs say of a limit that they ran into by themselves. A program may lie: then it fails by another
name, and fails all the same."""
_READ_BYTES = 8192


def ending_of(exit_code: int, stderr: bytes) -> Ending:
    """Whether a program that ended by itself did so because of a limit."""
    if exit_code == 0:
        return Ending.EXITED
    if (by_signal := _ENDINGS_BY_SIGNAL.get(exit_code - _BY_SIGNAL)) is not None:
        return by_signal
    last_words = stderr[-_READ_BYTES:]
    for ending, sayings in _SAYINGS:
        if any(saying in last_words for saying in sayings):
            return ending
    return Ending.EXITED
