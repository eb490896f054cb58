"""Internal API of the evaluation service."""

from joust_contracts.base import Command, Message
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
