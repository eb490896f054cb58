"""Internal API of the evaluation service."""

from joust_contracts.base import Message


class QueueView(Message):
    """Where an evaluation that has no result stands among all that have none."""

    place: int
    """From 1: who is next, or is being judged."""
    ahead: int
    """Evaluations that began to wait before; at most 1,000 are counted."""
    expected_wait_seconds: float | None
    """Until the result, as fast as evaluations went lately; ``None`` while there were none."""
