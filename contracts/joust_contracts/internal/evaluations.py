"""Internal API of the evaluation service."""

from enum import StrEnum

from joust_contracts.base import Command, Message, Score
from joust_contracts.internal.tasks import EvalImage


class QueueView(Message):
    """Where an evaluation that has no result stands among all that have none."""

    place: int
    """From 1: who is next, or is being judged."""
    ahead: int
    """Evaluations that began to wait before; at most 1,000 are counted."""
    expected_wait_seconds: float | None
    """Until the result, as fast as evaluations went lately; ``None`` while there were none."""


class PinImage(Command):
    """An evaluation image as its poster names it."""

    image: EvalImage
    with_network: bool = False
    """True if its containers are to have a network."""


class PinnedImage(Message):
    """The image by its content."""

    image: str
    pin: str
    """``name@sha256:…``, or its id where it lies in the engine alone."""


class ContainerLog(Message):
    """What an evaluation container wrote, for the owner of its task."""

    image: str
    """By its content."""
    exit_code: int | None
    """``None`` if it was ended because its time was over, or never began."""
    problem: str | None
    """Why there is no score, ``None`` if there is one."""
    seconds: float
    stdout: str
    """The end of it, as for ``stderr``."""
    stderr: str


class CaseVerdict(StrEnum):
    """What became of a test case; only one of them is worth points."""

    PASSED = "passed"
    DIFFERENT = "different"
    """The program ended by itself, and its output is not what was expected."""
    TIME = "time"
    """This and what follows: the limit that ended the program."""
    CPU = "cpu"
    MEMORY = "memory"
    PROCESSES = "processes"
    FILE_SIZE = "file_size"
    DISK = "disk"
    OUTPUT = "output"
    OPEN_FILES = "open_files"
    NOT_RUN = "not_run"
    """There was nothing to run, or no time left."""


class CaseResult(Message):
    """One case of a test suite, with the beginning of what the program said if it did not pass."""

    name: str
    verdict: CaseVerdict
    exit_code: int | None = None
    """Shown, and not compared; ``None`` if a limit ended the program or it was not run."""
    seconds: float = 0
    stdout: str = ""
    stderr: str = ""


class TestResults(Message):
    """How an iteration of a submission did in its task's test suite, case by case, for the task's owner."""

    __test__ = False
    """To pytest it is no test."""

    iteration: int
    test_score: Score
    run: tuple[str, ...]
    """What was executed for each case; empty if there was nothing to run."""
    reason: str | None
    """Why none or not all cases were run."""
    cases: tuple[CaseResult, ...]
